import NIOCore
import Testing

@testable import Egress

@Suite struct BodyTests {
    /// What goes out, and what is left over, when the input comes in parts of `size` bytes.
    private static func pass(_ text: String, _ framing: BodyFraming, parts size: Int, lenient: Bool = false) throws(Refusal) -> (out: String, left: String, done: Bool) {
        var reader = BodyReader(framing, isLenient: lenient)
        var (input, output) = (ByteBuffer(), ByteBuffer())
        var rest = ByteBuffer(string: text)
        while let part = rest.readSlice(length: min(size, rest.readableBytes)), part.readableBytes > 0 {
            input.writeImmutableBuffer(part)
            try reader.read(&input, into: &output)
        }
        return (String(buffer: output), String(buffer: input), reader.isDone)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `a counted body ends where it says`(size: Int) throws {
        let outcome = try Self.pass("hello, worldGET / HTTP/1.1", .length(12), parts: size)
        #expect(outcome.out == "hello, world")
        #expect(outcome.left == "GET / HTTP/1.1")
        #expect(outcome.done)
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `a chunked body is written anew and what is behind it stays behind`(size: Int) throws {
        let outcome = try Self.pass("5\r\nhello\r\n00B\r\n, big \r\nwor\r\n0\r\n\r\nGET", .chunked, parts: size)
        var (input, plain) = (ByteBuffer(string: outcome.out), "")
        while let line = input.readString(upTo: "\r\n"), let length = Int(line, radix: 16), length > 0 {
            plain += input.readString(length: length)!
            input.moveReaderIndex(forwardBy: 2)
        }
        #expect(plain == "hello, big \r\nwor")
        #expect(outcome.out.hasSuffix("\r\n0\r\n\r\n"))
        #expect(outcome.left == "GET")
        #expect(outcome.done)
    }

    @Test(arguments: [1, 3, 1000])
    func `what an origin adds to its chunks is left out`(size: Int) throws {
        let outcome = try Self.pass("5 ;ext=\"a\"\r\nhello\r\n0\r\nX-Sum: 1\r\nSet-Cookie: x\r\n\r\nrest", .chunked, parts: size, lenient: true)
        #expect(outcome.out.hasSuffix("\r\n0\r\n\r\n") && !outcome.out.contains("ext") && !outcome.out.contains("X-Sum"))
        #expect(outcome.left == "rest")
        #expect(outcome.done)
        for text in ["5\nhello\n", "g\r\n", ";x\r\n", "0\r\n" + String(repeating: "X: y\r\n", count: 5000)] {
            #expect(throws: Refusal.self) { try Self.pass(text, .chunked, parts: size, lenient: true) }
        }
    }

    @Test(arguments: [
        "5;ext=1\r\nhello\r\n", "5 \r\nhello\r\n", " 5\r\nhello\r\n", "0x5\r\nhello\r\n", "+5\r\nhello\r\n", "-1\r\n", "\r\n", "5\nhello\n",
        "5\r\nhelloX\r\n", "5\r\nhello\n", "5\r\nhello0\r\n", "FFFFFFFFFFFFFFFF\r\n", "g\r\n", "0\r\nX: y\r\n\r\n", "0\r\nGET",
        "5\r\r\nhello\r\n", "00000000000000000000000000000005\r\nhello\r\n",
    ])
    func `chunks that another reader could cut elsewhere are refused`(text: String) {
        #expect(throws: Refusal.self) { try Self.pass(text + String(repeating: "x", count: 30), .chunked, parts: 1000) }
    }
}

extension ByteBuffer {
    fileprivate mutating func readString(upTo mark: String) -> String? {
        let text = String(buffer: self)
        guard let end = text.utf8.firstIndex(of: 0x0D) else { return nil }
        let line = String(text.utf8[..<end])!
        moveReaderIndex(forwardBy: line.utf8.count + mark.utf8.count)
        return line
    }
}
