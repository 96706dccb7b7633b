import Testing

@testable import Model

struct SchemaCheckingTests {
    /// A schema, values that satisfy it, and values that do not, each with what is said about it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let schema: JSONValue
        let fitting: [JSONValue]
        let wrong: [(JSONValue, String)]

        init(_ name: String, _ schema: JSONValue, fits: [JSONValue], wrong: [(JSONValue, String)]) {
            testDescription = name
            self.schema = schema
            fitting = fits
            self.wrong = wrong
        }
    }

    static let cases: [Case] = [
        Case("true", true, fits: [1, nil, [:]], wrong: []),
        Case("false", false, fits: [], wrong: [(1, "/: not allowed here")]),
        Case(
            "one type", ["type": "integer"], fits: [1, 1.0, -3, 1e300],
            wrong: [
                (1.5, "/: expected integer, found number"), ("1", "/: expected integer, found string"),
                (nil, "/: expected integer, found null"),
            ]),
        Case(
            "several types", ["type": ["string", "null"]], fits: ["a", nil],
            wrong: [
                (1, "/: expected null or string, found integer"), ([], "/: expected null or string, found array"),
            ]),
        Case(
            "number admits integers", ["type": "number"], fits: [1, 1.5],
            wrong: [(true, "/: expected number, found boolean")]),
        Case(
            "enum", ["enum": ["red", 1, ["a": [1]]]], fits: ["red", 1, 1.0, ["a": [1.0]]],
            wrong: [
                ("reed", #"/: must be one of "red", 1, {"a":[1]} (did you mean red?)"#),
                (true, #"/: must be one of "red", 1, {"a":[1]}"#),
            ]),
        Case("const", ["const": ["a": 1]], fits: [["a": 1.0]], wrong: [(["a": 2], #"/: must be {"a":1}"#)]),
        Case(
            "bounds", ["minimum": 1, "maximum": 5], fits: [1, 5, 2.5, "x"],
            wrong: [
                (0, "/: must be at least 1"), (5.001, "/: must be at most 5"),
            ]),
        Case(
            "exclusive bounds", ["exclusiveMinimum": 1, "exclusiveMaximum": 5], fits: [1.001, 4],
            wrong: [
                (1, "/: must be above 1"), (5.0, "/: must be below 5"),
            ]),
        Case(
            "bounds beyond doubles", ["maximum": 9_007_199_254_740_992], fits: [9_007_199_254_740_992],
            wrong: [
                (9_007_199_254_740_993, "/: must be at most 9007199254740992")
            ]),
        Case("multipleOf", ["multipleOf": 0.1], fits: [0.3, 1, 0], wrong: [(0.35, "/: must be a multiple of 0.1")]),
        Case(
            "multipleOf integers", ["multipleOf": 3], fits: [9, -3, 6.0], wrong: [(10, "/: must be a multiple of 3")]),
        Case(
            "lengths", ["minLength": 1, "maxLength": 2], fits: ["é", "😀😀", 5],
            wrong: [
                ("", "/: must not be empty"), ("abc", "/: must have at most 2 characters, has 3"),
            ]),
        Case("pattern", ["pattern": "^[a-z]+$"], fits: ["abc", 3], wrong: [("aB", "/: must match ^[a-z]+$")]),
        Case(
            "items", ["items": ["type": "integer"], "minItems": 1, "maxItems": 3], fits: [[1, 2]],
            wrong: [
                ([], "/: must have at least 1 elements, has 0"), ([1, "a"], "/1: expected integer, found string"),
                ([1, 2, 3, 4], "/: must have at most 3 elements, has 4"),
            ]),
        Case(
            "prefixItems", ["prefixItems": [["type": "string"], true], "items": false], fits: [["a", 1], ["a"], []],
            wrong: [
                ([1], "/0: expected string, found integer"), (["a", 1, 2], "/2: not allowed here"),
            ]),
        Case(
            "contains", ["contains": ["const": 1], "maxContains": 2], fits: [[1], [0, 1, 1]],
            wrong: [
                ([0], "/: must have at least 1 elements of the kind asked for, has 0"),
                ([1, 1, 1], "/: must have at most 2 elements of the kind asked for, has 3"),
            ]),
        Case("minContains 0", ["contains": ["const": 1], "minContains": 0], fits: [[], [0]], wrong: []),
        Case(
            "uniqueItems", ["uniqueItems": true], fits: [[1, "1", true, [1], ["a": 1]]],
            wrong: [
                ([1, 2, 1.0], "/2: equals element 0, all must differ"),
                ([["a": [1]], ["a": [1]]], "/1: equals element 0, all must differ"),
            ]),
        Case(
            "required", ["required": ["a", "b"]], fits: [["a": nil, "b": 1], 3], wrong: [(["a": 1], "/b: missing")]),
        Case(
            "properties",
            [
                "properties": ["size": ["type": "integer"]], "patternProperties": ["^x-": ["type": "string"]],
                "additionalProperties": false,
            ],
            fits: [[:], ["size": 1, "x-a": "b"]],
            wrong: [
                (["size": "a"], "/size: expected integer, found string"),
                (["x-a": 1], "/x-a: expected string, found integer"),
                (["szie": 1], "/szie: unknown property (did you mean size?)"),
                (["a/b~": 1], "/a~1b~0: unknown property"),
            ]),
        Case(
            "additionalProperties", ["properties": ["a": true], "additionalProperties": ["type": "null"]],
            fits: [["a": 1, "b": nil]],
            wrong: [
                (["b": 1], "/b: expected null, found integer")
            ]),
        Case(
            "propertyNames", ["propertyNames": ["maxLength": 2]], fits: [["ab": 1]],
            wrong: [
                (["abc": 1], "/abc: this name: must have at most 2 characters, has 3")
            ]),
        Case(
            "numbers of properties", ["minProperties": 1, "maxProperties": 1], fits: [["a": 1]],
            wrong: [
                ([:], "/: must have at least 1 properties, has 0"),
                (["a": 1, "b": 2], "/: must have at most 1 properties, has 2"),
            ]),
        Case(
            "dependentRequired", ["dependentRequired": ["a": ["b"]]], fits: [["b": 1], ["a": 1, "b": 1]],
            wrong: [
                (["a": 1], "/b: missing, because a is there")
            ]),
        Case(
            "dependentSchemas", ["dependentSchemas": ["a": ["required": ["c"]]]], fits: [["b": 1]],
            wrong: [(["a": 1], "/c: missing")]),
        Case("allOf", ["allOf": [["minimum": 1], ["maximum": 2]]], fits: [1], wrong: [(3, "/: must be at most 2")]),
        Case(
            "anyOf", ["anyOf": [["type": "string"], ["properties": ["n": ["type": "integer"]], "type": "object"]]],
            fits: ["a", [:]],
            wrong: [
                (["n": "x"], "/: fits none of the alternatives (nearest: /n: expected integer, found string)")
            ]),
        Case(
            "oneOf", ["oneOf": [["type": "integer"], ["minimum": 2]]], fits: [1, 2.5],
            wrong: [
                (3, "/: fits the alternatives 1 and 2, must fit one"),
                (1.5, "/: fits none of the alternatives (nearest: /: expected integer, found number)"),
            ]),
        Case("not", ["not": ["type": "string"]], fits: [1], wrong: [("a", "/: fits what is excluded here")]),
        Case(
            "if", ["if": ["const": 1], "then": ["type": "integer"], "else": ["type": "string"]], fits: [1, "a"],
            wrong: [
                (2, "/: expected string, found integer")
            ]),
        Case(
            "references",
            [
                "$defs": [
                    "node": [
                        "type": "object", "properties": ["next": ["$ref": "#/$defs/node"], "v": ["$ref": "#n"]],
                        "required": ["v"],
                    ], "n": ["$anchor": "n", "type": "integer"],
                ],
                "$ref": "#/$defs/node", "minProperties": 2,
            ],
            fits: [["v": 1, "next": ["v": 2]]],
            wrong: [
                (["v": 1, "next": ["v": "x"]], "/next/v: expected integer, found string"),
                (["v": 1], "/: must have at least 2 properties, has 1"),
            ]),
        Case(
            "a reference to the root", ["properties": ["child": ["$ref": "#"]], "additionalProperties": false],
            fits: [["child": ["child": [:]]]],
            wrong: [
                (["child": ["x": 1]], "/child/x: unknown property")
            ]),
        Case(
            "a reference through escapes", ["$defs": ["a/b%c~": ["type": "null"]], "$ref": "#/$defs/a~1b%25c~0"],
            fits: [nil],
            wrong: [
                (1, "/: expected null, found integer")
            ]),
    ]

    @Test(arguments: cases) func `a value is judged as the standard says, with place and reason`(example: Case) throws {
        let schema = try JSONSchema(example.schema)
        for value in example.fitting { #expect(schema.violations(in: value) == [], "\(value.compactText)") }
        for (value, expected) in example.wrong {
            #expect(schema.violations(in: value).map(\.description) == [expected], "\(value.compactText)")
        }
    }

    @Test func `all that is wrong is said at once, up to a limit`() throws {
        let schema = try JSONSchema(["properties": ["a": ["type": "string"], "b": ["minimum": 3]], "required": ["c"]])
        #expect(
            schema.violations(in: ["a": 1, "b": 2]).map(\.description) == [
                "/c: missing", "/a: expected string, found integer", "/b: must be at least 3",
            ])
        let many = try JSONSchema(["items": false])
        #expect(many.violations(in: .array(Array(repeating: 1, count: 100))).count == 20)
        #expect(many.violations(in: .array(Array(repeating: 1, count: 100)), limit: 3).count == 3)
    }

    @Test func `a check throws a problem that names the subject`() throws {
        let schema = try JSONSchema(["properties": ["a": ["type": "string"]], "additionalProperties": false])
        try schema.check(["a": "x"], as: "input")
        let error = #expect(throws: Problem.self) {
            try schema.check(["a": 1, "b": 2], as: "configuration", code: .invalidConfiguration)
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(
            error?.description == """
                configuration: /a: expected string, found integer
                configuration: /b: unknown property (did you mean a?)
                """)
    }

    @Test func `a message never quotes the value`() throws {
        let schema = try JSONSchema([
            "properties": ["key": ["pattern": "^a$", "maxLength": 3, "enum": ["a"], "format": "email"]]
        ])
        let said = schema.violations(in: ["key": "hunter2-secret"]).map(\.description).joined()
        #expect(!said.contains("hunter2"))
        #expect(said.contains("/key"))
    }
}
