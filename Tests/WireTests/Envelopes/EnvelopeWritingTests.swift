import Model
import NIOCore
import Testing

@testable import Wire

struct EnvelopeWritingTests {
    private func text(_ envelope: Envelope) -> String {
        var buffer = ByteBuffer()
        envelope.write(to: &buffer)
        return String(buffer: buffer)
    }

    @Test func `messages are written compactly, each on its line`() {
        #expect(text(.request(.integer(1), method: "ping", parameters: nil)) == "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n")
        #expect(
            text(.request(.string("a\"b"), method: "tool/call", parameters: ByteBuffer(string: #"{"x": 1}"#)))
                == "{\"jsonrpc\":\"2.0\",\"id\":\"a\\\"b\",\"method\":\"tool/call\",\"params\":{\"x\": 1}}\n")
        #expect(text(.notification(method: "log", parameters: ByteBuffer(string: "[]"))) == "{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":[]}\n")
        #expect(text(.result(.integer(-5), ByteBuffer(string: "null"))) == "{\"jsonrpc\":\"2.0\",\"id\":-5,\"result\":null}\n")
        #expect(
            text(.failure(nil, RemoteError(code: -32700, message: "a\nb", data: ["k": 1])))
                == "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"a\\nb\",\"data\":{\"k\":1}}}\n")
    }

    @Test(arguments: EnvelopeParsingTests.messages.indices) func `what was read and is written again reads the same`(index: Int) throws {
        let envelope = EnvelopeParsingTests.messages[index].1
        var buffer = ByteBuffer()
        envelope.write(to: &buffer)
        var decoder = LineDecoder(limit: 1 << 20)
        decoder.append(buffer)
        let next = try decoder.next()
        var keys = JSONKeyStack()
        let found = try Envelope.parse(try #require(next), keys: &keys)
        #expect(found == envelope)
        #expect(decoder.unfinished == nil)
    }

    @Test func `line feeds between the tokens of a payload become spaces`() throws {
        let pretty = ByteBuffer(string: "{\n  \"a\": [\n    1\n  ]\n}")
        #expect(text(.result(.integer(1), pretty)) == "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{   \"a\": [     1   ] }}\n")
        #expect(String(buffer: pretty).contains("\n"))
    }

    @Test func `whole numbers are written as Swift writes them`() {
        var numbers: [Int64] = [0, 1, -1, 9, 10, 11, 99, 100, .min, .max, .max - 1, .min + 1]
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            numbers += [power - 1, power, power + 1, -power + 1, -power, -power - 1]
        }
        for number in numbers {
            var buffer = ByteBuffer()
            buffer.writeDecimal(number)
            #expect(String(buffer: buffer) == String(number))
        }
    }

    @Test func `any text survives as method and identifier`() throws {
        for text in ["", "plain", "quote\" back\\slash", "\u{0}\u{1F}\u{7F}\r\n\t", "é日😀\u{2028}", String(repeating: "\"", count: 64)] {
            var buffer = ByteBuffer()
            Envelope.request(.string(text), method: text, parameters: nil).write(to: &buffer)
            buffer.moveWriterIndex(to: buffer.writerIndex - 1)
            var keys = JSONKeyStack()
            let found = try Envelope.parse(buffer, keys: &keys)
            #expect(found == .request(.string(text), method: text, parameters: nil))
        }
    }

    @Test func `an identifier is found among the members of parameters`() {
        #expect(MessageID(of: ByteBuffer(string: #"{"id":7,"done":3}"#)) == .integer(7))
        #expect(MessageID(of: ByteBuffer(string: #"{"x":{"id":1},"id":"a"}"#)) == .string("a"))
        for none in ["{}", "[]", #"{"id":null}"#, #"{"id":1.5}"#, #"{"id":{}}"#, "{", "7"] {
            #expect(MessageID(of: ByteBuffer(string: none)) == nil)
        }
        #expect(MessageID(of: nil) == nil)
    }
}
