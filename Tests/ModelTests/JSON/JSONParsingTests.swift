import HostTesting
import Testing

@testable import Model

struct JSONParsingTests {
    /// Bytes under a name, as many of them are no text.
    struct Sample: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]

        init(_ name: String, _ bytes: [UInt8]) {
            testDescription = name
            self.bytes = bytes
        }

        init(_ text: String) { self.init(text.debugDescription, Array(text.utf8)) }
    }

    static let accepted: [(String, JSONValue)] = [
        ("null", nil), ("true", true), ("false", false), (" \t\r\n1 \t\r\n", 1), ("0", 0), ("-0", 0), ("-0.0", -0.0),
        ("123", 123),
        ("-123", -123), ("1.0", 1.0), ("1.5e3", 1500.0), ("1E3", 1000.0), ("1e+3", 1000.0), ("1e-3", 0.001),
        ("0e0", 0.0),
        ("0.1", 0.1), ("9223372036854775807", 9_223_372_036_854_775_807), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1e308", 1e308),
        ("5e-324", .number(.leastNonzeroMagnitude)),
        ("1e-400", 0.0), ("0.1000000000000000055511151231257827", 0.1), (#""""#, ""), (#""a""#, "a"),
        ("\"\u{7F}\"", "\u{7F}"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0061\u00E9\u20ac""#, "aé€"), (#""\u0000""#, "\u{0}"),
        (#""\ud83d\ude00\uD834\uDD1E""#, "😀𝄞"), (#""\uFFFF\uFFFE""#, "\u{FFFF}\u{FFFE}"),
        ("\"😀é\u{10FFFF}\u{E000}\"", "😀é\u{10FFFF}\u{E000}"),
        (#""\\u0061""#, "\\u0061"), (#""\\""#, "\\"), ("[]", []), ("[ ]", []), ("[1]", [1]), ("[1,2 , 3]", [1, 2, 3]),
        ("[[],[[]]]", [[], [[]]]),
        ("{}", [:]), ("{ }", [:]), (#"{"a":1}"#, ["a": 1]), (#"{"":""}"#, ["": ""]),
        (#"{ "a" : { "b" : [ null ] } }"#, ["a": ["b": [nil]]]),
        (#"{"a":1,"A":2}"#, ["a": 1, "A": 2]), (#"{"a\u0000b":1,"a":2}"#, ["a\u{0}b": 1, "a": 2]),
        ("\"\u{2028}\u{2029}\"", "\u{2028}\u{2029}"),
    ]

    @Test(arguments: accepted) func `a JSON text is read as what it says`(text: String, value: JSONValue) throws {
        #expect(try JSONValue.parse(text) == value)
    }

    static let refused: [(Sample, JSONFault.Reason, Int)] = [
        (Sample(""), .unexpectedEnd, 0), (Sample("  "), .unexpectedEnd, 2), (Sample("nul"), .unexpectedEnd, 3),
        (Sample("nulL"), .unexpectedByte, 3), (Sample("nullx"), .trailingBytes, 4),
        (Sample("True"), .unexpectedByte, 0),
        (Sample("NaN"), .unexpectedByte, 0), (Sample("Infinity"), .unexpectedByte, 0),
        (Sample("-Infinity"), .invalidNumber, 0),
        (Sample("1 2"), .trailingBytes, 2), (Sample("[] []"), .trailingBytes, 3), (Sample("{}}"), .trailingBytes, 2),
        (Sample("01"), .trailingBytes, 1), (Sample("-01"), .trailingBytes, 2), (Sample("-"), .invalidNumber, 0),
        (Sample("+1"), .unexpectedByte, 0),
        (Sample(".5"), .unexpectedByte, 0), (Sample("5."), .invalidNumber, 0), (Sample("-.5"), .invalidNumber, 0),
        (Sample("1.e1"), .invalidNumber, 0),
        (Sample("1e"), .invalidNumber, 0), (Sample("1e+"), .invalidNumber, 0), (Sample("1eE2"), .invalidNumber, 0),
        (Sample("1.2.3"), .trailingBytes, 3),
        (Sample("0x1F"), .trailingBytes, 1), (Sample("1_000"), .trailingBytes, 1), (Sample("1e309"), .invalidNumber, 0),
        (Sample("-1e309"), .invalidNumber, 0),
        (Sample("１"), .unexpectedByte, 0), (Sample("["), .unexpectedEnd, 1), (Sample("[1"), .unexpectedEnd, 2),
        (Sample("[1,"), .unexpectedEnd, 3),
        (Sample("[1,]"), .unexpectedByte, 3), (Sample("[,1]"), .unexpectedByte, 1),
        (Sample("[1 2]"), .unexpectedByte, 3), (Sample("[1}"), .unexpectedByte, 2),
        (Sample("]"), .unexpectedByte, 0), (Sample("{"), .unexpectedEnd, 1), (Sample("{1:2}"), .unexpectedByte, 1),
        (Sample("{a:1}"), .unexpectedByte, 1),
        (Sample("{'a':1}"), .unexpectedByte, 1), (Sample(#"{"a"}"#), .unexpectedByte, 4),
        (Sample(#"{"a":}"#), .unexpectedByte, 5),
        (Sample(#"{"a":1,}"#), .unexpectedByte, 7), (Sample(#"{"a":1"#), .unexpectedEnd, 6),
        (Sample(#"{"a":1]"#), .unexpectedByte, 6),
        (Sample(#"{"a",1}"#), .unexpectedByte, 4), (Sample(#"{"a":1 "b":2}"#), .unexpectedByte, 7),
        (Sample("// a"), .unexpectedByte, 0),
        (Sample("[1/**/]"), .unexpectedByte, 2), (Sample("'a'"), .unexpectedByte, 0),
        (Sample("\"a"), .unexpectedEnd, 2), (Sample("\"a\\"), .unexpectedEnd, 2),
        (Sample("\"\\x41\""), .invalidEscape, 1), (Sample("\"\\'\""), .invalidEscape, 1),
        (Sample("\"\\u12\""), .unexpectedEnd, 6),
        (Sample("\"\\u12g4\""), .invalidEscape, 5), (Sample("\"\\U0041\""), .invalidEscape, 1),
        (Sample("\"\\u 041\""), .invalidEscape, 3),
        (Sample("\"\\ud800\""), .loneSurrogate, 1), (Sample("\"\\ud800x\""), .loneSurrogate, 1),
        (Sample("\"\\ud800\\u0041\""), .loneSurrogate, 1),
        (Sample("\"\\udc00\""), .loneSurrogate, 1), (Sample("\"\\udc00\\ud800\""), .loneSurrogate, 1),
        (Sample("\"\\ud800\\ud800\""), .loneSurrogate, 1),
        (Sample("\"\t\""), .controlCharacter, 1), (Sample("\"\n\""), .controlCharacter, 1),
        (Sample("\"\u{0}\""), .controlCharacter, 1), (Sample("\"\u{1F}\""), .controlCharacter, 1),
        (Sample("\u{FEFF}1"), .unexpectedByte, 0), (Sample("\u{A0}1"), .unexpectedByte, 0),
        (Sample("1\u{C}"), .trailingBytes, 1), (Sample("\u{B}1"), .unexpectedByte, 0),
        (Sample("1\u{0}"), .trailingBytes, 1), (Sample(#"{"a":1,"a":1}"#), .duplicateKey, 8),
        (Sample(#"{"a":1,"\u0061":2}"#), .duplicateKey, 8),
        (Sample(#"{"x":{"a":1,"b":2,"a":3}}"#), .duplicateKey, 19), (Sample(#"{"":1,"":2}"#), .duplicateKey, 7),
        (Sample("{\"\u{E9}\":1,\"\\u00e9\":2}"), .duplicateKey, 9), (Sample(#"{"\/":1,"/":2}"#), .duplicateKey, 9),
    ]

    @Test(arguments: refused) func `what RFC 8259 does not allow is refused at its byte`(
        sample: Sample, reason: JSONFault.Reason, offset: Int
    ) {
        let error = #expect(throws: JSONFault.self) { try sample.bytes.withUnsafeBytes { try JSONValue.parse($0) } }
        #expect(error == JSONFault(reason, at: offset))
        // The scanner that only measures agrees with the reader, except that no number is too large for it.
        guard !sample.testDescription.contains("e309") else { return }
        let scanned = #expect(throws: JSONFault.self) {
            try sample.bytes.withUnsafeBytes { bytes in
                var scanner = JSONScanner(bytes)
                _ = try scanner.wholeValue()
            }
        }
        #expect(scanned == error)
    }

    static let badUTF8: [Sample] = [
        Sample("a continuation alone", [0x80]), Sample("the last continuation alone", [0xBF]),
        Sample("two bytes cut", [0xC3]),
        Sample("overlong slash in two", [0xC0, 0xAF]), Sample("overlong in two, C1", [0xC1, 0xBF]),
        Sample("overlong slash in three", [0xE0, 0x80, 0xAF]),
        Sample("overlong in three", [0xE0, 0x9F, 0xBF]), Sample("overlong in four", [0xF0, 0x80, 0x80, 0xAF]),
        Sample("overlong in four, 8F", [0xF0, 0x8F, 0xBF, 0xBF]),
        Sample("surrogate D800", [0xED, 0xA0, 0x80]), Sample("surrogate DFFF", [0xED, 0xBF, 0xBF]),
        Sample("surrogate pair", [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80]),
        Sample("above 10FFFF", [0xF4, 0x90, 0x80, 0x80]), Sample("lead F5", [0xF5, 0x80, 0x80, 0x80]),
        Sample("lead FF", [0xFF]), Sample("lead FE", [0xFE]),
        Sample("three bytes cut", [0xE2, 0x82]), Sample("four bytes cut", [0xF0, 0x9F, 0x98]),
        Sample("two, then ASCII", [0xC3, 0x41]),
        Sample("three, third ASCII", [0xE2, 0x82, 0x41]), Sample("four, fourth ASCII", [0xF0, 0x9F, 0x98, 0x41]),
        Sample("latin 1", [0x61, 0xE9, 0x62]),
    ]

    @Test(arguments: badUTF8) func `a string that is not UTF-8 is refused, as value and as key`(sample: Sample) {
        for bytes in [[0x22] + sample.bytes + [0x22], Array(#"{"a":["x",""#.utf8) + sample.bytes + [0x22]] {
            let error = #expect(throws: JSONFault.self) { try bytes.withUnsafeBytes { try JSONValue.parse($0) } }
            #expect(error?.reason == .invalidUTF8)
        }
        let key = Array(#"{""#.utf8) + sample.bytes + Array(#"":1}"#.utf8)
        #expect(throws: JSONFault.self) { try key.withUnsafeBytes { try JSONValue.parse($0) } }
    }

    @Test func `every Unicode scalar passes through a string, plain and escaped`() throws {
        for range in [0x20...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10040, 0x10FFF0...0x10FFFF] as [ClosedRange<UInt32>] {
            for value in range where value % 17 == 0 || value < 0x900 || value > 0xFFF0 {
                let scalar = try #require(UnicodeScalar(value))
                let text = String(scalar)
                if scalar != "\"" && scalar != "\\" { #expect(try JSONValue.parse("\"\(text)\"") == .string(text)) }
                let escaped = text.utf16.map { unit in
                    let digits = String(unit, radix: 16)
                    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
                #expect(try JSONValue.parse("\"\(escaped.joined())\"") == .string(text))
            }
        }
    }

    @Test func `nesting is followed to the limit and refused beyond it`() throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let inner = open == "[" ? "" : "1"
            let fits = String(repeating: open, count: 256) + inner + String(repeating: close, count: 256)
            _ = try JSONValue.parse(fits)
            let deep = String(repeating: open, count: 257) + inner + String(repeating: close, count: 257)
            let error = #expect(throws: Problem.self) { try JSONValue.parse(deep, as: "input") }
            #expect(error?.description.hasPrefix("input: not valid JSON: nested too deeply at byte ") == true)
        }
        #expect(throws: Problem.self) { try JSONValue.parse(String(repeating: "[", count: 1_000_000)) }
    }

    @Test func `keys that are equal only as Unicode text are kept apart or refused, never lost`() {
        let text = "{\"\u{E9}\":1,\"e\u{301}\":2}"
        if let value = try? JSONValue.parse(text) { #expect(value.object?.count == 2) }
    }

    @Test(.timeLimit(.minutes(1))) func `an object of very many keys is checked for twins in little time`() throws {
        var text = "{"
        for index in 0..<200_000 { text += "\"k\(index)\":1," }
        let fine = text + "\"last\":1}"
        let twin = text + "\"k7\":1}"
        let elapsed = try ContinuousClock().measure {
            _ = try JSONValue.parse(fine)
            #expect(throws: Problem.self) { try JSONValue.parse(twin) }
        }
        #expect(elapsed < .seconds(20))
    }

    @Test func `no mutation of a text crashes the reader, and what it accepts it writes and reads again`() throws {
        let seed = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00é",true,null],"b":{"c":{}}}"#.utf8)
        let alphabet =
            Array("{}[]\",:\\u0123456789abcdeE+-.tfn \n".utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF]
        var random = SeededGenerator(seed: 99)
        for _ in 0..<30_000 {
            var bytes = seed
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = alphabet.randomElement(using: &random)!
                case 1: bytes.insert(alphabet.randomElement(using: &random)!, at: at)
                default: bytes.remove(at: at)
                }
            }
            guard let value = try? JSONValue.parse(bytes) else { continue }
            #expect(try JSONValue.parse(value.bytes) == value)
        }
    }
}
