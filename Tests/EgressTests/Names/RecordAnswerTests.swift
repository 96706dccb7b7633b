import Model
import Testing

@testable import Egress

struct RecordAnswerTests {
    /// A question for `a.b`, and answers: an alias, a text in two strings, an address.
    private static let answer: [UInt8] = {
        let name: [UInt8] = [1, 0x61, 1, 0x62, 0]
        func record(_ type: UInt8, _ data: [UInt8]) -> [UInt8] { [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 9, 0, UInt8(data.count)] + data }
        return [0, 1, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0] + name + [0, 16, 0, 1] + record(5, [0xC0, 12])
            + record(16, [3] + Array("abc".utf8) + [2] + Array("de".utf8)) + record(1, [203, 0, 113, 7])
    }()

    @Test func `records of the asked kind are read, aliases passed over`() {
        #expect(RecordAnswer.data(of: .text, in: Self.answer)?.map(RecordAnswer.text) == ["abcde"])
        #expect(RecordAnswer.data(of: .address, in: Self.answer)?.map { RecordAnswer.address($0, .address) } == [Address("203.0.113.7")])
        #expect(RecordAnswer.data(of: .address6, in: Self.answer) == [])
        #expect(RecordAnswer.text([5, 1]) == nil)
        #expect(RecordAnswer.address([1, 2, 3], .address) == nil)
    }

    @Test func `damaged answers are none, and reading them ends`() {
        for length in 0..<Self.answer.count { _ = RecordAnswer.data(of: .text, in: Array(Self.answer.prefix(length))) }
        #expect(RecordAnswer.data(of: .text, in: []) == nil)
        for index in Self.answer.indices {
            for byte in [0, 0x3F, 0x40, 0x80, 0xC0, 0xFF] as [UInt8] {
                var damaged = Self.answer
                damaged[index] = byte
                _ = RecordAnswer.data(of: .text, in: damaged)?.map(RecordAnswer.text)
            }
        }
    }
}
