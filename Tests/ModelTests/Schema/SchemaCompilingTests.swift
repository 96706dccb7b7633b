import Testing

@testable import Model

struct SchemaCompilingTests {
    static let faulty: [(JSONValue, String)] = [
        (3, "/: expected a schema (an object, true or false), found integer"),
        (["type": "strnig"], #"/type: unknown type "strnig" (did you mean string?)"#),
        (["type": []], "/type: expected a type or a list of types, found array"),
        (["type": ["string", 3]], "/type: expected a type or a list of types, found array"),
        (["propertes": [:]], "/propertes: unknown keyword (did you mean properties?)"),
        (["frobnicate": 1], "/frobnicate: unknown keyword (keywords of your own start with x-)"),
        (
            ["unevaluatedProperties": false],
            "/unevaluatedProperties: this keyword is not supported (use additionalProperties)"
        ),
        (["properties": ["a": ["minimum": "3"]]], "/properties/a/minimum: expected number, found string"),
        (["properties": []], "/properties: expected object, found array"),
        (["enum": []], "/enum: expected a list of values, found an empty one"),
        (["enum": "a"], "/enum: expected a list of values, found string"),
        (
            ["required": true],
            "/required: expected a list of strings, found boolean (list the property's name under required of the object around it)"
        ),
        (["required": ["a", "a"]], "/required: a string stands twice"),
        (["minLength": -1], "/minLength: expected a whole number from 0, found integer"),
        (["minLength": 1.5], "/minLength: expected a whole number from 0, found number"),
        (
            ["exclusiveMinimum": true],
            "/exclusiveMinimum: expected number, found boolean (write the bound itself, as drafts since 6 do)"
        ),
        (["multipleOf": 0], "/multipleOf: expected a number above 0"),
        (["items": [true]], "/items: expected a schema, found array (use prefixItems)"),
        (["anyOf": []], "/anyOf: expected a list of schemas, found an empty one"),
        (["allOf": [true, 3]], "/allOf/1: expected a schema (an object, true or false), found integer"),
        (["pattern": "("], "/pattern: not a usable pattern: a group that is not closed at character 1"),
        (
            ["patternProperties": ["[": true]],
            "/patternProperties/[: not a usable pattern: a character class that is not closed at character 1"
        ),
        (["format": "date-tme"], #"/format: unknown format "date-tme" (did you mean date-time?)"#),
        (["then": true], "/: then or else without if"),
        (["uniqueItems": 1], "/uniqueItems: expected boolean, found integer"),
        (["secret": "yes"], "/secret: expected boolean, found string"),
        (
            ["$ref": "https://example.org/x"],
            "/$ref: a reference out of the document (put the schema under $defs and refer to #/$defs/…)"
        ),
        (
            ["$defs": ["node": true], "$ref": "#/$defs/nod"],
            "/$ref: nothing stands at /$defs/nod (did you mean #/$defs/node?)"
        ),
        (["$ref": "#x"], "/$ref: no schema has the anchor x"),
        (["$ref": "#/%"], "/$ref: not a reference: #/%"),
        (["$ref": "#"], "/: refers to itself without end"),
        (["allOf": [["$ref": "#"]]], "/: refers to itself without end"),
        (
            ["$defs": ["a": ["$ref": "#/$defs/b"], "b": ["not": ["$ref": "#/$defs/a"]]]],
            "/$defs/a: refers to itself without end"
        ),
        (["default": "x", "type": "integer"], "/default: breaks its own schema: expected integer, found string"),
        (
            ["properties": ["n": ["type": "object", "default": ["k": 1], "properties": ["k": ["type": "string"]]]]],
            "/properties/n/default: breaks its own schema: /k: expected string, found integer"
        ),
        (
            ["properties": ["a": ["$ref": "#", "default": [:]]]],
            "/properties/a: defaults that contain each other without end"
        ),
    ]

    @Test(arguments: faulty) func `a schema with a mistake is refused with its pointer`(
        schema: JSONValue, expected: String
    ) {
        let error = #expect(throws: SchemaFaults.self) { try JSONSchema.compile(schema) }
        #expect(error?.faults.map(\.description) == [expected])
    }

    @Test func `all mistakes of a schema are reported at once`() {
        let error = #expect(throws: Problem.self) {
            try JSONSchema(
                ["type": "obj", "properties": ["a": ["minimum": nil], "b": ["tpye": "string"]]], as: "tools[0].input")
        }
        #expect(error?.code == .invalidInput)
        #expect(
            error?.description == """
                tools[0].input: /properties/a/minimum: expected number, found null
                tools[0].input: /properties/b/tpye: unknown keyword (did you mean type?)
                tools[0].input: /type: unknown type "obj" (did you mean object?)
                """)
    }

    @Test func `a foreign schema keeps what is understood and ignores the rest`() throws {
        let schema = try JSONSchema(
            [
                "$schema": "http://json-schema.org/draft-07/schema#", "frobnicate": 1, "unevaluatedProperties": false,
                "properties": [
                    "a": ["type": "string", "pattern": "(?=x)", "format": "uint"],
                    "t": ["items": [["type": "integer"]]],
                    "r": ["$ref": "https://example.org/x"],
                ],
                "patternProperties": ["\\1": ["type": "null"]], "additionalProperties": false,
            ], dialect: .foreign)
        #expect(schema.violations(in: ["a": "y", "r": 1, "unknown": 1]).isEmpty)
        #expect(schema.violations(in: ["t": ["x"]]).map(\.description) == ["/t/0: expected integer, found string"])
        #expect(throws: Problem.self) { try JSONSchema(["type": "nope"], dialect: .foreign) }
    }

    @Test func `annotations and extensions are admitted`() throws {
        _ = try JSONSchema([
            "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.org/s", "$comment": "c",
            "title": "t", "description": "d", "examples": [1], "deprecated": true, "readOnly": true, "x-order": 3,
            "contentMediaType": "text/plain", "format": "password",
        ])
    }

    @Test func `too many schemas or too long a chain are refused, not followed`() {
        let wide = JSONValue.array(Array(repeating: true, count: 10_001))
        #expect(throws: Problem.self) { try JSONSchema(["allOf": wide]) }
        var definitions: [String: JSONValue] = ["s2000": true]
        for index in 0..<2000 { definitions["s\(index)"] = ["$ref": .string("#/$defs/s\(index + 1)")] }
        let error = #expect(throws: SchemaFaults.self) {
            try JSONSchema.compile(["$defs": .object(definitions), "$ref": "#/$defs/s0"])
        }
        #expect(error?.faults.first?.message == "references nested too deeply")
    }

    @Test(.timeLimit(.minutes(10))) func `alternatives that fan out are given up`() throws {
        for keyword in ["anyOf", "allOf", "oneOf"] {
            var definitions: [String: JSONValue] = ["s30": ["type": "string"]]
            for index in 0..<30 {
                let next: JSONValue = ["$ref": .string("#/$defs/s\(index + 1)")]
                definitions["s\(index)"] = [keyword: [next, next]]
            }
            let schema = try JSONSchema(["$defs": .object(definitions), "$ref": "#/$defs/s0"], dialect: .foreign)
            let value: JSONValue = keyword == "allOf" ? "x" : 3
            let said = schema.violations(in: value).map(\.message)
            #expect(said == ["too complex to be checked"])
            // 2^30 steps would take hours.
            _ = schema.applyingDefaults(to: value)
            _ = schema.concealingSecrets(in: value)
            _ = schema.documentProperties
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a tree of alternatives is judged once per node`() throws {
        let schema = try JSONSchema([
            "$defs": ["tree": ["oneOf": [["type": "integer"], ["type": "array", "items": ["$ref": "#/$defs/tree"]]]]],
            "$ref": "#/$defs/tree",
        ])
        var value: JSONValue = "leaf"
        for _ in 0..<100 { value = [value] }
        let said = schema.violations(in: value).map(\.description)
        #expect(said.count == 1)
        #expect(said.first?.contains("fits none of the alternatives") == true)
    }

    @Test func `a deep value does not overflow the stack`() throws {
        let schema = try JSONSchema(["items": ["$ref": "#"], "type": "array"])
        var value: JSONValue = []
        for _ in 0..<250 { value = [value] }
        #expect(schema.violations(in: value).isEmpty)
    }
}
