package import Model

/// The JSON Schema (2020-12) of `plugin.yaml`, for editors and for whoever checks manifests without Cloister.
///
/// Everything that it refuses the reader refuses too, but for keys without a value, which the reader passes over. The
/// reader refuses more: ranges of times and sizes, names that stand twice, events of other plugins, schemas within the
/// manifest that are none, and an executable that is not there.
package enum ManifestSchema {
    package static let json: JSONValue = [
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:cloister:plugin-manifest:v1",
        "title": "plugin.yaml", "description": "The manifest of a plugin for Cloister", "type": "object",
        "required": ["id", "name", "version", "description", "category", "protocol", "command"],
        "additionalProperties": false, "properties": .object(properties), "$defs": definitions,
        "if": ["properties": ["protocol": ["const": "mcp"]]], "then": ["properties": ["hooks": false, "events": false]],
    ]

    private static let properties: [String: JSONValue] = [identity, execution, bounds, offers, attachments].reduce(into: [:]) {
        all, some in
        all.merge(some) { $1 }
    }

    private static let identity: [String: JSONValue] = [
        "id": label("The plugin, the same in all of its versions"),
        "name": line(100, "What people call it"),
        "version": [
            "description": "By Semantic Versioning 2.0.0", "type": "string", "maxLength": 128,
            "pattern": #"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"#,
        ],
        "author": line(200, "Who made it"),
        "description": line(300, "What it does, in a line"),
        "category": choice(Manifest.Category.allCases.map(\.rawValue), "What it is for"),
        "protocol": choice(Manifest.Dialect.allCases.map(\.rawValue), "How it speaks with the host"),
    ]

    private static let execution: [String: JSONValue] = [
        "command": [
            "description": "The executable, absolute or inside the plugin's folder, and its arguments", "type": "array",
            "minItems": 1, "maxItems": 256, "items": ["type": "string", "maxLength": 4096, "pattern": #"^[^\x00]*$"#],
            "allOf": [["prefixItems": [["pattern": .string(plainPath)]]]],
        ],
        "profile": label("The sandbox profile; `default` when left out"),
        "compatible": [
            "description": "The versions of cloister that it works with, for example >=0.1.0 <2.0.0", "type": "string",
            "pattern": #"^[0-9A-Za-z*<>=^~ .+-]+$"#,
        ],
        "environment": [
            "description": "Variables that its program reads", "type": "object", "maxProperties": 64,
            "propertyNames": [
                "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,127}$", "not": ["pattern": "^(PATH|HOME|LANG|TMPDIR)$|^CLOISTER_"],
            ],
            "additionalProperties": ["type": "string", "maxLength": 4096, "pattern": #"^[^\x00]*$"#],
        ],
    ]

    /// Absolute, or inside the folder; no part of it is empty, `.` or `..`.
    private static let plainPath: String = {
        let part = #"(\.*[^./][^/]*|\.{3,})"#
        return "^(\\./|/)?\(part)(/\(part))*$"
    }()

    private static let bounds: [String: JSONValue] = [
        "instances": object([
            "maximum": ["description": "How many children run at once", "type": "integer", "minimum": 1, "maximum": 64],
            "spare": ["description": "Idle ones that are kept ready", "type": "integer", "minimum": 0, "maximum": 64],
            "idle-stop": reference("time"),
        ]),
        "limits": object([
            "memory": reference("size"), "processes": ["type": "integer", "minimum": 2, "maximum": 32_768],
            "cpu": [
                "description": "Processor time per second of time", "type": "number", "minimum": 0.01, "maximum": 1024,
            ],
            "files": ["description": "Open descriptors of a process", "type": "integer", "minimum": 16, "maximum": 1_048_576],
            "file-size": reference("size"), "tmp": reference("size"),
        ]),
        "deadlines": object(["start": reference("time"), "call": reference("time"), "stop": reference("time")]),
    ]

    private static let offers: [String: JSONValue] = [
        "configuration": reference("objectSchema"),
        "tools": list(256, object(
            [
                "name": ["type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"],
                "description": ["type": "string", "maxLength": 4000, "pattern": #"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"#],
                "input": reference("objectSchema"),
                "output": ["type": ["object", "boolean"]],
            ], required: ["name"])),
    ]

    private static let attachments: [String: JSONValue] = [
        "permissions": list(64, ["oneOf": .array(Resource.allCases.map(permission))]),
        "hooks": list(64, object(
            [
                "event": reference("event"), "handler": reference("event"), "kind": choice(Manifest.Hook.Kind.allCases.map(\.rawValue)),
                "priority": ["type": "integer", "minimum": -1_000_000, "maximum": 1_000_000], "deadline": reference("time"),
                "onFailure": choice(Manifest.Hook.FailurePolicy.allCases.map(\.rawValue)),
            ], required: ["event", "handler", "kind"])),
        "events": list(64, object(
            [
                "name": [
                    "allOf": [reference("event")], "not": ["pattern": #"^(document|plugin|sync|tenant|workflow)(\.|$)"#],
                ],
                "kind": choice(Manifest.Hook.Kind.allCases.map(\.rawValue)),
                "description": line(300, "For authors of handlers"),
            ], required: ["name"])),
    ]

    private static let definitions: JSONValue = [
        "time": ["description": "250ms, 30s, 5m or 1h", "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$"],
        "size": [
            "description": "64KiB, 256MiB, 1GiB, or a number of bytes",
            "oneOf": [["type": "integer", "minimum": 0], ["type": "string", "pattern": "^[0-9]+(B|KiB|K|MiB|M|GiB|G|TiB|T)?$"]],
        ],
        "event": [
            "type": "string", "maxLength": 128, "pattern": "^[a-z0-9-]+(\\.[a-z0-9-]+)*$",
        ],
        "objectSchema": [
            "description": "A JSON Schema that describes an object", "type": "object", "required": ["type"],
            "properties": ["type": ["const": "object"]],
        ],
    ]

    /// The permissions of one resource: its actions, and the conditions that narrow it.
    private static func permission(_ resource: Resource) -> JSONValue {
        var conditions: [String: JSONValue] = [:]
        for key in resource.conditions { conditions[key] = condition(key) }
        var required: [JSONValue] = ["resource", "actions"]
        // A way out of the host always names where to.
        if resource == .network { required.append("conditions") }
        return object(
            [
                "resource": ["const": .string(resource.rawValue)],
                "actions": [
                    "type": "array", "minItems": 1, "uniqueItems": true, "items": choice(resource.actions),
                ],
                "conditions": object(conditions, required: resource == .network ? ["hosts"] : []),
                "purpose": line(300, "For the person who consents"), "essential": ["type": "boolean"],
            ], required: required)
    }

    private static func condition(_ key: String) -> JSONValue {
        switch key {
        case "max-size": reference("size")
        case "path-prefix": line(256, "What a key begins with")
        case "ports":
            words(
                ["type": "integer", "minimum": 1, "maximum": 65_535], "80 and 443 when left out",
                default: .array(Permission.Conditions.ordinaryPorts.map { JSONValue($0) }))
        case "methods":
            words(
                choice(Permission.Conditions.methodNames),
                "Every method when left out. With it no tunnel (CONNECT) is allowed: the host sees no method there")
        case "media-types":
            words(["type": "string", "maxLength": 127, "pattern": #"^[a-z0-9!#$&^_.+-]+/(\*|[a-z0-9!#$&^_.+-]+)$"#])
        case "names": words(["type": "string", "maxLength": 128, "pattern": #"^([A-Za-z0-9_.-]+\*?|\*)$"#])
        // The reader looks at the length of each label, for numbers that could be an address, and at what addresses are.
        default:
            words([
                "type": "string", "maxLength": 256,
                "pattern": #"^((\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+)$"#,
            ])
        }
    }

    private static func words(_ items: JSONValue, _ description: String? = nil, default value: JSONValue? = nil) -> JSONValue {
        var members: [String: JSONValue] = ["type": "array", "minItems": 1, "maxItems": 64, "items": items]
        members["description"] = description.map(JSONValue.string)
        members["default"] = value
        return .object(members)
    }

    private static func label(_ description: String) -> JSONValue {
        [
            "description": .string(description), "type": "string", "maxLength": 63,
            "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        ]
    }

    /// A line that is not blank.
    private static func line(_ limit: Int, _ description: String) -> JSONValue {
        [
            "description": .string(description), "type": "string", "maxLength": JSONValue(limit),
            "allOf": [["pattern": #"\S"#], ["pattern": #"^[^\x00-\x1f\x7f]*$"#]],
        ]
    }

    private static func choice(_ words: [String], _ description: String? = nil) -> JSONValue {
        var members: [String: JSONValue] = ["enum": .array(words.map(JSONValue.string))]
        members["description"] = description.map(JSONValue.string)
        return .object(members)
    }

    private static func list(_ limit: Int, _ items: JSONValue) -> JSONValue {
        ["type": "array", "maxItems": JSONValue(limit), "items": items]
    }

    private static func object(_ properties: [String: JSONValue], required: [JSONValue] = []) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": "object", "additionalProperties": false, "properties": .object(properties),
        ]
        if !required.isEmpty { members["required"] = .array(required) }
        return .object(members)
    }

    private static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/$defs/\(name)")] }
}
