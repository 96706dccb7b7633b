import NIOCore
import Testing

@testable import Wire

struct LineDecoderTests {
    /// A decoder that expectations can call.
    private final class Lines {
        private var decoder: LineDecoder

        init(limit: Int) { decoder = LineDecoder(limit: limit) }

        func append(_ bytes: ByteBuffer) { decoder.append(bytes) }
        func next() throws -> ByteBuffer? { try decoder.next() }
        var unfinished: ByteBuffer? { decoder.unfinished }
    }

    static let samples: [(bytes: String, lines: [String], unfinished: String?)] = [
        ("", [], nil),
        ("\n", [""], nil),
        ("\n\n\n", ["", "", ""], nil),
        ("a", [], "a"),
        ("a\n", ["a"], nil),
        ("a\nb", ["a"], "b"),
        ("one\ntwo\n\nthree\n", ["one", "two", "", "three"], nil),
        ("\r\n\rx\r\n", ["\r", "\rx\r"], nil),
        ("v\u{0B}f\u{0C}n\u{85}l\u{2028}p\u{2029}\n", ["v\u{0B}f\u{0C}n\u{85}l\u{2028}p\u{2029}"], nil),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n{\"jsonrpc\"", ["{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"], "{\"jsonrpc\""),
        ("naïve 😀\nzero\u{0}byte\n", ["naïve 😀", "zero\u{0}byte"], nil),
    ]

    private func decode(_ chunks: [ByteBuffer], limit: Int = 1 << 20) throws -> (lines: [String], unfinished: String?) {
        let decoder = Lines(limit: limit)
        var lines: [String] = []
        for chunk in chunks {
            decoder.append(chunk)
            while let line = try decoder.next() { lines.append(String(buffer: line)) }
        }
        return (lines, decoder.unfinished.map { String(buffer: $0) })
    }

    private func pieces(_ bytes: [UInt8], at cuts: [Int]) -> [ByteBuffer] {
        zip([0] + cuts, cuts + [bytes.count]).map { ByteBuffer(bytes: bytes[$0..<$1]) }
    }

    @Test(arguments: samples.indices) func `the same lines come out of every split into three`(index: Int) throws {
        let sample = Self.samples[index]
        let bytes = Array(sample.bytes.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let found = try decode(pieces(bytes, at: [first, second]))
                #expect(found.lines == sample.lines, "cut at \(first) and \(second)")
                #expect(found.unfinished == sample.unfinished, "cut at \(first) and \(second)")
            }
        }
    }

    @Test(arguments: samples.indices) func `the same lines come out byte by byte`(index: Int) throws {
        let sample = Self.samples[index]
        let bytes = Array(sample.bytes.utf8)
        let found = try decode(bytes.map { ByteBuffer(bytes: [$0]) })
        #expect(found.lines == sample.lines)
        #expect(found.unfinished == sample.unfinished)
    }

    @Test func `chunks that pile up before anyone asks are kept in order`() throws {
        let decoder = Lines(limit: 100)
        for chunk in ["a", "b\nc", "\n", "d"] { decoder.append(ByteBuffer(string: chunk)) }
        #expect(try decoder.next() == ByteBuffer(string: "ab"))
        decoder.append(ByteBuffer(string: "e\n"))
        #expect(try decoder.next() == ByteBuffer(string: "c"))
        #expect(try decoder.next() == ByteBuffer(string: "de"))
        #expect(try decoder.next() == nil)
    }

    @Test func `a line of the limit passes, however it comes`() throws {
        let bytes = Array("12345678\n".utf8)
        for cut in 0...bytes.count {
            #expect(try decode(pieces(bytes, at: [cut]), limit: 8).lines == ["12345678"])
        }
    }

    @Test func `a line of one byte more is refused, however it comes`() {
        let bytes = Array("123456789\n".utf8)
        for cut in 0...bytes.count {
            #expect(throws: ProtocolViolation(.lineTooLong(limit: 8), quoting: ByteBuffer(string: "123456789"))) {
                _ = try decode(pieces(bytes, at: [cut]), limit: 8)
            }
        }
    }

    @Test func `a line without an end is refused before it is stored`() throws {
        let limit = 1 << 20
        let chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 << 10)
        let decoder = Lines(limit: limit)
        for _ in 0..<16 {
            decoder.append(chunk)
            #expect(try decoder.next() == nil)
        }
        #expect(decoder.unfinished?.readableBytes == limit)
        decoder.append(chunk)
        #expect(throws: ProtocolViolation.self) { try decoder.next() }
        #expect(decoder.unfinished == nil)
    }

    @Test func `after a line too long nothing more is read`() {
        let decoder = Lines(limit: 4)
        decoder.append(ByteBuffer(string: "too long\nok\n"))
        for _ in 0..<3 {
            #expect(throws: ProtocolViolation.self) { try decoder.next() }
            decoder.append(ByteBuffer(string: "ok\n"))
        }
    }

    @Test func `a line within one chunk is not copied`() throws {
        let chunk = ByteBuffer(string: "first\nsecond\n")
        let decoder = Lines(limit: 100)
        decoder.append(chunk)
        _ = try decoder.next()
        let line = try #require(try decoder.next())
        let start = chunk.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(line.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == start + 6)
    }
}
