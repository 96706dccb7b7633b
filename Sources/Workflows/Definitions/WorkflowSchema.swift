package import Model

/// The JSON Schema (2020-12) of a definition, for editors and for whoever checks definitions without Cloister.
///
/// Everything that it refuses the reader refuses too, but for members that are null, which the reader passes over. The
/// reader refuses more: ways that no run could take, names that stand twice, expressions without an end, ranges of times.
package enum WorkflowSchema {
    package static let json: JSONValue = [
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:cloister:workflow:v1", "title": "workflow",
        "description": "A workflow for Cloister", "type": "object", "required": ["id", "nodes"], "additionalProperties": false,
        "properties": [
            "id": label("The workflow, the same in all of its versions"), "name": line(100, "What people call it"),
            "description": ["type": "string", "maxLength": 4000],
            "status": choice(Workflow.Status.allCases.map(\.rawValue), "Not the author's to write: see publish and activate"),
            "nodes": [
                "type": "array", "minItems": 1, "maxItems": JSONValue(Workflow.nodeLimit), "items": reference("node"),
            ],
            "triggers": [
                "description": "The trigger nodes that start runs; all of them when left out", "type": "array",
                "uniqueItems": true, "items": reference("label"),
            ],
            "tests": [
                "description": "What its effects come to, and how its runs must end then", "type": "array",
                "maxItems": JSONValue(WorkflowTest.most), "items": reference("test"),
            ],
            "settings": object([
                "durability": choice(Workflow.Durability.allCases.map(\.rawValue), "What is on disk before a step goes on"),
                "timeout": reference("time"), "errorHandler": label("The workflow that runs when this one fails"),
                "variables": ["description": "Constants, as $vars", "type": "object"],
                "concurrency": object(
                    [
                        "limit": whole(Workflow.Concurrency.range, "Runs at once; the others are held"),
                        "key": ["description": "So many for each value of this text, from the run's input", "type": "string"],
                    ], required: ["limit"]),
                "throttle": object(
                    [
                        "limit": whole(Workflow.Throttle.range, "Runs that begin in the time"), "per": reference("time"),
                        "key": ["description": "So many for each value of this text, from the run's input", "type": "string"],
                    ], required: ["limit", "per"]),
                "debounce": object(
                    [
                        "quiet": reference("time"), "longest": reference("time"),
                        "key": ["description": "One run for each value of this text, from the run's input", "type": "string"],
                    ], required: ["quiet"]),
            ]),
        ],
        "$defs": definitions,
    ]

    private static let definitions: JSONValue = [
        "label": label("1 to 63 lower-case letters, digits and inner hyphens"),
        "time": ["description": "250ms, 30s, 5m or 1h", "type": "string", "pattern": "^[0-9.]+(ms|s|m|h)$"],
        "program": [
            "description": "A jq program, with or without ${ }", "type": "string", "maxLength": JSONValue(Template.programLimit),
        ],
        "event": ["type": "string", "maxLength": 128, "pattern": "^[a-z0-9-]+(\\.[a-z0-9-]+)*$"],
        "form": [
            "description": "A JSON Schema of an object", "type": "object",
        ],
        "people": list(50, ["type": "string", "minLength": 1, "maxLength": 200]),
        "retry": object([
            "attempts": whole(1...100, "The first one too"), "delay": reference("time"),
            "backoff": choice(RetryPolicy.Backoff.allCases.map(\.rawValue)), "longest": reference("time"),
            "jitter": reference("time"), "within": reference("time"),
            "only": list(50, ["type": "string", "minLength": 1, "maxLength": 200]),
        ]),
        "connection": object(["to": reference("label"), "port": ["type": "string", "maxLength": 64]], required: ["to"]),
        "node": [
            "type": "object", "required": ["id", "type", "config"], "additionalProperties": false,
            "properties": [
                "id": reference("label"), "name": line(100, "What people call it"),
                "type": choice(NodeKind.kinds.keys.sorted()), "config": ["type": "object"],
                "connections": list(WorkflowNode.connectionLimit, reference("connection")),
                "position": ["description": "Where it lies on the canvas; nothing to the engine"],
            ],
            "allOf": .array(
                NodeKind.kinds.keys.sorted().map { type in
                    [
                        "if": ["properties": ["type": ["const": .string(type)]], "required": ["type"]],
                        "then": ["properties": ["config": reference(type)]],
                    ]
                }),
        ],
        "test": object(
            [
                "name": line(200, "What it shows"), "trigger": reference("label"), "input": ["description": "What the trigger gives"],
                "at": ["description": "When its run begins, such as 2026-03-02T09:00:00Z", "type": "string", "maxLength": 40],
                "mocks": ["description": "By node: what its effect comes to", "type": "object"],
                "pins": ["description": "By node: its output, which is not worked out then", "type": "object"],
                "until": reference("label"), "only": reference("label"),
                "expect": object([
                    "status": choice(WorkflowTest.Ending.allCases.map(\.rawValue)), "output": true,
                    "error": object(["code": line(100, "Of the error"), "node": reference("label")]),
                    "nodes": ["description": "By node, or loop.0/node", "type": "object"],
                ]),
            ], required: ["name"]),
        "trigger": kinds("trigger", triggers), "action": kinds("action", actions), "condition": kinds("condition", conditions),
        "loop": kinds("loop", loops),
    ]

    /// The members of a kind, and those that it cannot do without.
    private typealias Members = (properties: [String: JSONValue], required: [JSONValue])

    private static let idempotency = choice(
        NodeKind.Idempotency.allCases.map(\.rawValue), "What happens when it is made twice")

    private static let triggers: [String: Members] = [
        "manual": (["form": reference("form")], []),
        "event": (["event": reference("event"), "filter": reference("program")], ["event"]),
        "cron": (
            [
                "expression": [
                    "description": "Five fields as in crontab, or @daily and the like", "type": "string",
                    "maxLength": JSONValue(CronExpression.limit),
                ],
                "timezone": ["description": "A name of the IANA database; UTC without it", "type": "string", "maxLength": 64],
                "missed": choice(Schedule.Missed.allCases.map(\.rawValue), "What becomes of times that passed"),
                "overlap": choice(Schedule.Overlap.allCases.map(\.rawValue), "While its last run is under way"),
            ], ["expression"]
        ),
        "webhook": (
            [
                "signature": ["anyOf": [["const": "none"], signature]], "reply": choice(WebhookTrigger.Reply.allCases.map(\.rawValue)),
                "replyTimeout": reference("time"), "deduplicate": reference("program"),
                "headers": list(WebhookTrigger.mostHeaders, header),
            ], ["signature"]
        ),
        "poll": (
            [
                "plugin": reference("label"), "tool": line(128, "Of the plugin"), "every": reference("time"),
                "cron": [
                    "description": "When it asks, in the place of every: five fields as in crontab, or @daily and the like",
                    "type": "string", "maxLength": JSONValue(CronExpression.limit),
                ],
                "timezone": ["description": "Of cron, a name of the IANA database; UTC without it", "type": "string", "maxLength": 64],
                "input": ["description": "What the tool gets; .cursor is what the last poll left"], "items": reference("program"),
                "id": reference("program"), "cursor": reference("program"),
                "first": choice(PollTrigger.First.allCases.map(\.rawValue), "What becomes of the items that are there at first"),
                "limit": whole(PollTrigger.range, "Runs that one poll begins"),
            ], ["plugin", "tool", "id"]
        ),
        "workflow": (
            ["workflow": reference("label"), "on": choice(NodeKind.RunEnd.allCases.map(\.rawValue))], ["workflow"]
        ),
    ]

    /// What holds of the members of a kind together.
    private static let rules: [String: [String: JSONValue]] = [
        "trigger poll": ["oneOf": [["required": ["every"]], ["required": ["cron"]]], "dependentRequired": ["timezone": ["cron"]]]
    ]

    private static let header: JSONValue = [
        "description": "The name of a header", "type": "string", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$",
    ]

    /// Which members go with which scheme the reader says.
    private static let signature = object(
        [
            "scheme": choice(SignatureScheme.Name.allCases.map(\.rawValue), "How a message proves who sent it"),
            "secretName": [
                "description": "A secret of the tenant's, by its name", "type": "string", "pattern": "^[0-9A-Za-z_.-]{1,128}$",
            ],
            "tolerance": reference("time"), "header": header, "prefix": ["type": "string", "maxLength": 64],
            "encoding": choice(SignatureScheme.Encoding.allCases.map(\.rawValue)), "timestamp": header,
        ], required: ["scheme", "secretName"])

    private static let actions: [String: Members] = [
        "tool": (
            ["plugin": reference("label"), "tool": line(128, "Of the plugin"), "idempotency": idempotency], ["plugin", "tool"]
        ),
        "transform": (["expression": reference("program")], ["expression"]),
        "set": (["values": true], ["values"]),
        "wait": (["for": ["type": "string"], "until": ["type": "string"]], []),
        "approval": (
            [
                "title": ["type": "string"], "approvers": reference("people"), "required": whole(1...50), "form": reference("form"),
                "remind": reference("time"), "escalateTo": reference("people"), "escalateAfter": reference("time"),
                "deadline": reference("time"),
            ], ["title", "approvers"]
        ),
        "workflow": (["workflow": reference("label")], ["workflow"]),
        "http": (
            [
                "method": choice(HTTPAction.Method.allCases.map(\.rawValue), "GET without it"),
                "url": ["description": "Its host has no expression in it", "type": "string"],
                "document": ["description": "A document that is sent in the place of a body: its identifier, or what refers to it"],
                "headers": ["type": "object", "maxProperties": 50, "additionalProperties": ["type": "string"]],
                "query": ["type": "object", "maxProperties": 100], "body": true,
                "secret": object(
                    [
                        "name": line(128, "A secret of the tenant's"), "header": line(64, "Authorization without it"),
                        "prefix": ["description": "Before the secret", "type": "string", "maxLength": 64],
                    ], required: ["name"]),
                "succeed": [
                    "description": "200 to 299 without it", "type": "array", "minItems": 1, "maxItems": 50, "items": whole(200...599),
                ], "idempotency": idempotency,
            ], ["url"]
        ),
        "notify": (
            ["to": reference("people"), "subject": ["type": "string"], "text": ["type": "string"]], ["to", "subject", "text"]
        ),
        "connector": (
            [
                "connector": reference("label"), "action": reference("event"), "connection": line(100, "Where the tenant has several"),
                "idempotency": idempotency,
            ], ["connector", "action"]
        ),
        "emit": (["event": reference("event"), "idempotency": idempotency], ["event"]),
        "raise": (["message": ["type": "string"]], ["message"]),
        "join": (
            ["mode": choice(["all", "any", "race", "count"]), "count": whole(1...WorkflowNode.connectionLimit)], []
        ),
        "map": (["items": reference("program"), "each": reference("program")], ["each"]),
    ]

    /// Kinds of actions that are attempted, and may be again.
    private static let attempted: Set = ["tool", "emit", "workflow", "http", "notify", "connector"]

    private static let conditions: [String: Members] = [
        "if": (["condition": reference("program")], ["condition"]),
        "switch": (
            [
                "cases": [
                    "type": "array", "minItems": 1, "maxItems": 50,
                    "items": object(["port": reference("label"), "when": reference("program")], required: ["port", "when"]),
                ]
            ], ["cases"]
        ),
        "filter": (["items": reference("program"), "keep": reference("program")], ["keep"]),
    ]

    private static let loops: [String: Members] = [
        "forEach": (
            [
                "items": reference("program"), "batch": whole(1...10_000), "concurrency": whole(1...100),
                "collectErrors": ["type": "boolean"],
            ], []
        ),
        "while": (["condition": reference("program"), "limit": whole(1...10_000)], ["condition", "limit"]),
    ]

    /// The configuration of a node of a type: one of its kinds.
    private static func kinds(_ type: String, _ kinds: [String: Members]) -> JSONValue {
        var shared: [String: JSONValue] = ["output": ["description": "Its output, made from what it gave"], "continueOnError": ["type": "boolean"]]
        if type != "trigger" {
            shared["if"] = reference("program")
            shared["input"] = ["description": "Its input; what came along the connections without it"]
        }
        let names = kinds.keys.sorted()
        return [
            "type": "object", "required": ["kind"], "properties": ["kind": choice(names)],
            "allOf": .array(
                names.map { name in
                    var properties = shared
                    let (own, required) = kinds[name] ?? ([:], [])
                    properties.merge(own) { $1 }
                    if type == "action", attempted.contains(name) {
                        properties["timeout"] = reference("time")
                        properties["retry"] = reference("retry")
                    }
                    properties["kind"] = ["const": .string(name)]
                    let members = object(properties, required: required).object ?? [:]
                    return [
                        "if": ["properties": ["kind": ["const": .string(name)]], "required": ["kind"]],
                        "then": .object(members.merging(rules["\(type) \(name)"] ?? [:]) { $1 }),
                    ]
                }),
        ]
    }

    private static func label(_ description: String) -> JSONValue {
        [
            "description": .string(description), "type": "string", "maxLength": 63,
            "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        ]
    }

    private static func line(_ limit: Int, _ description: String) -> JSONValue {
        [
            "description": .string(description), "type": "string", "minLength": 1, "maxLength": JSONValue(limit),
            "pattern": #"^[^\x00-\x1f\x7f]*$"#,
        ]
    }

    private static func whole(_ range: ClosedRange<Int>, _ description: String? = nil) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": "integer", "minimum": JSONValue(range.lowerBound), "maximum": JSONValue(range.upperBound),
        ]
        members["description"] = description.map(JSONValue.string)
        return .object(members)
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
