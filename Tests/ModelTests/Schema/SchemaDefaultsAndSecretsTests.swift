import Testing

@testable import Model

struct SchemaDefaultsAndSecretsTests {
    @Test func `absent properties get their defaults, also inside of what is there`() throws {
        let schema = try JSONSchema([
            "$defs": ["port": ["type": "integer", "default": 80]],
            "properties": [
                "server": [
                    "type": "object", "default": [:],
                    "properties": ["port": ["$ref": "#/$defs/port"], "host": ["default": "localhost"]],
                ],
                "peers": ["items": ["properties": ["weight": ["default": 1]]]],
                "optional": ["type": "object", "properties": ["x": ["default": 1]]],
                "nothing": ["default": nil],
            ],
            "allOf": [["properties": ["mode": ["default": "fast"]]]],
            "additionalProperties": ["properties": ["extra": ["default": true]]],
        ])
        #expect(
            schema.applyingDefaults(to: [:]) == [
                "server": ["port": 80, "host": "localhost"], "mode": "fast", "nothing": nil,
            ])
        let filled = schema.applyingDefaults(to: [
            "server": ["port": 8080], "peers": [[:], ["weight": 5]], "mode": "slow", "other": [:],
        ])
        #expect(
            filled == [
                "server": ["port": 8080, "host": "localhost"], "peers": [["weight": 1], ["weight": 5]], "mode": "slow",
                "other": ["extra": true], "nothing": nil,
            ])
        #expect(schema.applyingDefaults(to: "not an object") == "not an object")
    }

    @Test func `defaults are idempotent`() throws {
        let schema = try JSONSchema(["properties": ["a": ["default": ["b": 1]], "c": ["default": 2]]])
        let once = schema.applyingDefaults(to: [:])
        #expect(schema.applyingDefaults(to: once) == once)
    }

    @Test(.timeLimit(.minutes(1))) func `defaults that breed are cut off`() throws {
        let schema = try JSONSchema(
            ["properties": ["a": ["$ref": "#", "default": [:]], "b": ["$ref": "#", "default": [:]]]], dialect: .foreign)
        _ = schema.applyingDefaults(to: [:])
    }

    @Test func `secrets are concealed wherever a schema may mark them`() throws {
        let schema = try JSONSchema([
            "properties": [
                "token": ["type": "string", "secret": true], "public": ["type": "string"],
                "accounts": ["items": ["properties": ["password": ["secret": true], "name": true]]],
                "nested": ["$ref": "#/$defs/login"],
                "either": ["anyOf": [["type": "integer"], ["properties": ["key": ["secret": true]]]]],
                "chosen": ["if": ["required": ["x"]], "then": ["properties": ["x": ["secret": true]]]],
            ],
            "patternProperties": ["-key$": ["secret": true]],
            "$defs": ["login": ["properties": ["password": ["secret": true]]]],
        ])
        let shown = schema.concealingSecrets(in: [
            "token": "t", "public": "p", "accounts": [["password": "x", "name": "n"]],
            "nested": ["password": ["deep": 1]],
            "either": ["key": "k"], "chosen": ["x": 1], "api-key": "k", "empty": nil,
        ])
        let hidden: JSONValue = .string(JSONSchema.concealed)
        #expect(
            shown == [
                "token": hidden, "public": "p", "accounts": [["password": hidden, "name": "n"]],
                "nested": ["password": hidden],
                "either": ["key": hidden], "chosen": ["x": hidden], "api-key": hidden, "empty": nil,
            ])
        #expect(schema.hasSecrets)
        #expect(
            try JSONSchema(["properties": ["token": ["secret": true]]]).concealingSecrets(in: ["token": nil]) == [
                "token": nil
            ])
    }

    @Test func `documents are found at the top of an object`() throws {
        let schema = try JSONSchema([
            "$defs": ["file": ["type": "string", "format": "document"]],
            "properties": ["b": ["$ref": "#/$defs/file"], "a": ["format": "document"], "c": ["type": "string"]],
            "allOf": [["properties": ["d": ["allOf": [["$ref": "#/$defs/file"]]]]]],
        ])
        #expect(schema.documentProperties == ["a", "b", "d"])
        #expect(JSONSchema.any.documentProperties == [])
    }
}
