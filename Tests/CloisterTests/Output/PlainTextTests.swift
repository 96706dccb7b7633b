import Model
import Testing

@testable import cloister

struct PlainTextTests {
    @Test(arguments: [
        ("plain äöü 日本 👍", "plain äöü 日本 👍"), ("a\nb\tc\r", "a\\nb\\tc\\r"), ("\u{1B}[31m", "\\u{1B}[31m"),
        ("\u{7F}\u{9B}", "\\u{7F}\\u{9B}"), ("\u{2028}\u{202E}\u{2066}", "\\u{2028}\\u{202E}\\u{2066}"),
        ("back\\slash", "back\\slash"),
    ])
    func `what would act on a terminal becomes visible`(text: String, expected: String) {
        #expect(PlainText.escaping(text) == expected)
        #expect(PlainText.escaping(expected) == expected)
    }

    @Test func `escaped JSON means the same`() throws {
        let value: JSONValue = ["a": "\u{1B}\u{9B}\u{202E}\u{2028}x\n"]
        for text in [value.compactText, value.prettyText] {
            let escaped = PlainText.escapingJSON(text)
            #expect(!escaped.unicodeScalars.contains { (0x7F...0x9F).contains($0.value) || $0.value >= 0x2000 })
            #expect(try JSONValue.parse(escaped) == value)
        }
    }

    @Test func `an exported text is for a file what it is, and for a person nothing that acts`() throws {
        let text = "{\n  \"a\": \"\u{9B}2J\u{202E}\u{7F}x\"\n}\n"
        func shown(toPerson isPerson: Bool) -> String {
            Output(isJSON: false, isTerminal: isPerson, width: nil, write: { _ in }).showing(text)
        }
        #expect(shown(toPerson: false) == text)
        #expect(shown(toPerson: true) == "{\n  \"a\": \"\\u009b2J\\u202e\\u007fx\"\n}\n")
        #expect(try JSONValue.parse(shown(toPerson: true)) == (try JSONValue.parse(text)))
    }

    @Test func `lines that came over the wire are lines again`() {
        #expect(PlainText.lines(of: #"one\ntwo \\n\u{1B}"#) == ["one", #"two \n\u{1B}"#])
        #expect(PlainText.lines(of: "one\ntwo") == ["one", "two"])
    }
}
