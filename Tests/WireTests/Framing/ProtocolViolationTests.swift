import Model
import NIOCore
import Testing

@testable import Wire

struct ProtocolViolationTests {
    static let quoted: [(line: [UInt8], excerpt: String)] = [
        (Array("Starting server on port 8080".utf8), "Starting server on port 8080"),
        (Array("tab\there, line\rthere".utf8), "tab\\there, line\\rthere"),
        (Array("\u{1B}[31mred\u{7}\u{0}".utf8), "\\u{1B}[31mred\\u{7}\\u{0}"),
        (Array("C:\\n".utf8), "C:\\\\n"),
        (Array("naïve 😀 日本".utf8), "naïve 😀 日本"),
        (Array("abc\u{202E}gpj.exe\u{2066}\u{FEFF}\u{200B}".utf8), "abc\\u{202E}gpj.exe\\u{2066}\\u{FEFF}\\u{200B}"),
        (Array("\u{85}\u{9B}31m\u{2028}\u{2029}\u{7F}".utf8), "\\u{85}\\u{9B}31m\\u{2028}\\u{2029}\\u{7F}"),
        ([0x61, 0xFF, 0xC0, 0xAF, 0x62], "a\\x{FF}\\x{C0}\\x{AF}b"),
        ([0xED, 0xA0, 0x80], "\\x{ED}\\x{A0}\\x{80}"),
        ([0xE2, 0x82], "\\x{E2}\\x{82}"),
        ([], ""),
    ]

    @Test(arguments: quoted.indices) func `what is quoted is printable`(index: Int) {
        let sample = Self.quoted[index]
        let violation = ProtocolViolation(.notAMessage("x"), quoting: ByteBuffer(bytes: sample.line))
        #expect(violation.excerpt == sample.excerpt)
        #expect(violation.excerpt.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }

    @Test func `no more than two hundred bytes are quoted`() {
        let exact = String(repeating: "a", count: 200)
        #expect(ProtocolViolation(.notAMessage("x"), quoting: ByteBuffer(string: exact)).excerpt == exact)
        #expect(ProtocolViolation(.notAMessage("x"), quoting: ByteBuffer(string: exact + "b")).excerpt == exact + "…")
    }

    @Test(arguments: 1...4) func `a character is not cut in two`(shift: Int) {
        for character in ["é", "€", "😀"] {
            let head = String(repeating: "a", count: 200 - shift)
            let excerpt = ProtocolViolation(.notAMessage("x"), quoting: ByteBuffer(string: head + character + "tail")).excerpt
            let fits = character.utf8.count <= shift
            #expect(excerpt.hasPrefix(fits ? head + character : head + "…"))
            #expect(!excerpt.contains("\\x"))
        }
    }

    @Test func `bytes that only continue characters are quoted too`() {
        let excerpt = ProtocolViolation(.notAMessage("x"), quoting: ByteBuffer(repeating: 0x80, count: 300)).excerpt
        #expect(excerpt == String(repeating: "\\x{80}", count: 200) + "…")
    }

    @Test func `the description says what, where and what was found`() {
        let line = ByteBuffer(string: "hello\u{1B}")
        let fault = JSONFault(.unexpectedByte, at: 0)
        #expect(ProtocolViolation(.notJSON(fault), quoting: line).description == "not JSON: unexpected character at byte 0: hello\\u{1B}")
        #expect(ProtocolViolation(.lineTooLong(limit: 8), quoting: line).reason == "a line of more than 8 bytes")
        #expect(ProtocolViolation(.unknownReply(.string("a\nb")), quoting: line).reason == "a reply to no call: id \"a\\nb\"")
        #expect(ProtocolViolation(.repeatedRequest(.integer(-7)), quoting: line).reason.hasSuffix("not answered yet: -7"))
    }
}
