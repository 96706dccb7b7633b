import Testing

@testable import Model

struct JSONWritingTests {
    static let values: [JSONValue] = [
        nil, true, false, 0, -1, .integer(.max), .integer(.min), 1.5, -0.0, 1e300, .number(.leastNonzeroMagnitude),
        .number(.greatestFiniteMagnitude),
        0.1, 1e21, 123_456_789.125, "", "a\"b\\c/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}", "é😀\u{2028}", [], [:],
        [1, [2, [nil]]],
        ["b": 1, "a": ["d": [], "c": [:]], "": "x", "\"": 2],
    ]

    @Test(arguments: values) func `what is written reads back, compact and for people`(value: JSONValue) throws {
        #expect(try JSONValue.parse(value.bytes) == value)
        #expect(try JSONValue.parse(value.prettyText) == value)
        #expect(!value.compactText.contains("\n"))
    }

    @Test func `keys are sorted, so that equal values have equal bytes`() {
        let value: JSONValue = ["b": 1, "a": [true, nil], "c": ["z": "\n", "y": 1.5]]
        #expect(value.compactText == #"{"a":[true,null],"b":1,"c":{"y":1.5,"z":"\n"}}"#)
        #expect(
            value.prettyText == """
                {
                  "a": [
                    true,
                    null
                  ],
                  "b": 1,
                  "c": {
                    "y": 1.5,
                    "z": "\\n"
                  }
                }
                """)
        #expect(JSONValue.array([]).prettyText == "[]")
        #expect(JSONValue.object([:]).prettyText == "{}")
    }

    @Test func `what JSON cannot say becomes null`() {
        #expect(JSONValue.number(.nan).compactText == "null")
        #expect(JSONValue.array([.number(.infinity)]).compactText == "[null]")
    }

    @Test func `accessors give a value only of their kind`() {
        #expect(JSONValue.number(3).integer == 3)
        #expect(JSONValue.number(3.5).integer == nil)
        #expect(JSONValue.number(1e300).integer == nil)
        #expect(JSONValue.integer(3).number == 3)
        #expect(JSONValue.string("3").integer == nil)
        #expect(JSONValue.bool(true).number == nil)
        #expect(JSONValue.null.isNull && JSONValue.null.string == nil)
        #expect((["a": 1] as JSONValue)["a"] == 1)
        #expect(([1] as JSONValue)["a"] == nil)
        #expect(JSONValue(nil as String?) == nil && JSONValue("x" as String?) == "x" && JSONValue(3) == 3)
    }
}
