import Model
import NIOCore
import Testing

@testable import Wire

struct EnvelopeParsingTests {
    private func parse(_ text: String) throws(ProtocolViolation) -> Envelope {
        var keys = JSONKeyStack()
        return try Envelope.parse(ByteBuffer(string: text), keys: &keys)
    }

    static let messages: [(String, Envelope)] = [
        (#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, .request(.integer(1), method: "ping", parameters: nil)),
        (#"{"jsonrpc":"2.0","id":"a","method":"ping","params":{}}"#, .request(.string("a"), method: "ping", parameters: ByteBuffer(string: "{}"))),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#, .request(.integer(1), method: "ping", parameters: nil)),
        (#"{"jsonrpc":"2.0","id":"","method":"","params":[]}"#, .request(.string(""), method: "", parameters: ByteBuffer(string: "[]"))),
        (#"{"jsonrpc":"2.0","method":"log","params":{"a":1}}"#, .notification(method: "log", parameters: ByteBuffer(string: #"{"a":1}"#))),
        (#"{"jsonrpc":"2.0","method":"log"}"#, .notification(method: "log", parameters: nil)),
        (#"{"jsonrpc":"2.0","id":7,"result":{"a": [1.50, "x"]}}"#, .result(.integer(7), ByteBuffer(string: #"{"a": [1.50, "x"]}"#))),
        (#"{"jsonrpc":"2.0","id":7,"result":null}"#, .result(.integer(7), ByteBuffer(string: "null"))),
        (#"{"jsonrpc":"2.0","id":-9223372036854775808,"result":0}"#, .result(.integer(.min), ByteBuffer(string: "0"))),
        (#"{"jsonrpc":"2.0","id":9223372036854775807,"result":0}"#, .result(.integer(.max), ByteBuffer(string: "0"))),
        (#"{"jsonrpc":"2.0","id":-0,"result":0}"#, .result(.integer(0), ByteBuffer(string: "0"))),
        (#"{"jsonrpc":"2.0","id":7,"error":{"code":-31999,"message":"no"}}"#, .failure(.integer(7), RemoteError(code: -31999, message: "no"))),
        (#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?","data":[1]}}"#, .failure(nil, RemoteError(code: -32700, message: "?", data: [1]))),
        (" \t\r{ \"result\" : [ 1 ,\r2 ] , \"id\" : \"x\" , \"jsonrpc\" : \"2.0\" }\r", .result(.string("x"), ByteBuffer(string: "[ 1 ,\r2 ]"))),
        (#"{"\u006asonrpc":"2\u002e0","i\u0064":"\u0041","m\u0065thod":"\u0070ing"}"#, .request(.string("A"), method: "ping", parameters: nil)),
        (#"{"jsonrpc":"2.0","id":1,"result":{},"extra":{"deep":[{}]},"x":"y"}"#, .result(.integer(1), ByteBuffer(string: "{}"))),
    ]

    @Test(arguments: messages.indices) func `a message is what it says, with its payload byte for byte`(index: Int) throws {
        let (text, expected) = Self.messages[index]
        #expect(try parse(text) == expected)
    }

    static let refused: [(String, String)] = [
        ("[]", "batches"), (#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#, "batches"),
        ("\u{FEFF}{\"jsonrpc\":\"2.0\",\"method\":\"a\"}", "byte-order mark"),
        ("1", "not an object"), ("\"text\"", "not an object"), ("null", "not an object"), ("true", "not an object"),
        ("{}", "jsonrpc is missing"), (#"{"id":1,"method":"a"}"#, "jsonrpc is missing"),
        (#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, "jsonrpc is not"), (#"{"jsonrpc":2.0,"id":1,"method":"a"}"#, "jsonrpc is not"),
        (#"{"jsonrpc":null,"id":1,"method":"a"}"#, "jsonrpc is not"), (#"{"jsonrpc":"2.0"}"#, "none of"), (#"{"jsonrpc":"2.0","id":1}"#, "none of"),
        (#"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}"#, "both result and error"),
        (#"{"jsonrpc":"2.0","id":1,"result":1,"error":null}"#, "both result and error"),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","result":1}"#, "both a request and a reply"),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","error":{"code":1,"message":""}}"#, "both a request and a reply"),
        (#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, "the id is null"), (#"{"jsonrpc":"2.0","id":null,"result":1}"#, "the id is null"),
        (#"{"jsonrpc":"2.0","id":1.0,"method":"a"}"#, "not a whole number"), (#"{"jsonrpc":"2.0","id":1.5,"result":1}"#, "not a whole number"),
        (#"{"jsonrpc":"2.0","id":1e2,"result":1}"#, "not a whole number"), (#"{"jsonrpc":"2.0","id":9223372036854775808,"result":1}"#, "64 bits"),
        (#"{"jsonrpc":"2.0","id":-9223372036854775809,"result":1}"#, "64 bits"), (#"{"jsonrpc":"2.0","id":100000000000000000000,"result":1}"#, "64 bits"),
        (#"{"jsonrpc":"2.0","id":true,"result":1}"#, "neither a string nor a number"), (#"{"jsonrpc":"2.0","id":{"a":1},"result":1}"#, "neither a string nor a number"),
        (#"{"jsonrpc":"2.0","id":[],"method":"a"}"#, "neither a string nor a number"), (#"{"jsonrpc":"2.0","result":1}"#, "without an id"),
        (#"{"jsonrpc":"2.0","error":{"code":1,"message":""}}"#, "without an id"), (#"{"jsonrpc":"2.0","id":1,"method":7}"#, "method is not a string"),
        (#"{"jsonrpc":"2.0","id":1,"method":null}"#, "method is not a string"), (#"{"jsonrpc":"2.0","id":1,"method":"a","params":7}"#, "neither an object nor an array"),
        (#"{"jsonrpc":"2.0","method":"a","params":"x"}"#, "neither an object nor an array"), (#"{"jsonrpc":"2.0","id":1,"error":"x"}"#, "error is not an object"),
        (#"{"jsonrpc":"2.0","id":1,"error":{"message":"x"}}"#, "code is not a whole number"), (#"{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"x"}}"#, "code is not a whole number"),
        (#"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"x"}}"#, "code is not a whole number"), (#"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#, "message is not a string"),
        (#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":null}}"#, "message is not a string"),
        ("{\"jsonrpc\":\"2.0\",\"id\":\"\(String(repeating: "x", count: 129))\",\"method\":\"a\"}", "longer than 128 bytes"),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\(String(repeating: "x", count: 129))\"}", "longer than 128 bytes"),
    ]

    @Test(arguments: refused.indices) func `JSON that is no message is refused with a clear reason`(index: Int) throws {
        let (text, reason) = Self.refused[index]
        let violation = try #require(throws: ProtocolViolation.self) { try parse(text) }
        guard case .notAMessage(let found) = violation.kind else {
            Issue.record("\(violation)")
            return
        }
        #expect(found.contains(reason))
        #expect(!violation.excerpt.isEmpty)
    }

    static let notJSON: [(String, JSONFault.Reason)] = [
        ("", .unexpectedEnd), ("   ", .unexpectedEnd), ("Listening on :8080", .unexpectedByte), ("{", .unexpectedEnd), (#"{"jsonrpc":"2.0""#, .unexpectedEnd),
        (#"{"jsonrpc":"2.0","id":1,"result":}"#, .unexpectedByte), (#"{"jsonrpc":"2.0","id":1,"result":1}}"#, .trailingBytes),
        (#"{"jsonrpc":"2.0","id":1,"result":1} {}"#, .trailingBytes), (#"{"jsonrpc":"2.0","id":1,"id":1,"result":1}"#, .duplicateKey),
        (#"{"jsonrpc":"2.0","id":1,"\u0069d":2,"result":1}"#, .duplicateKey), (#"{"jsonrpc":"2.0","id":1,"result":{"a":{"b":1,"b":2}}}"#, .duplicateKey),
        (#"{"jsonrpc":"2.0","id":1,"result":"\ud800"}"#, .loneSurrogate), (#"{"jsonrpc":"2.0","id":01,"result":1}"#, .unexpectedByte),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\u{1}\"}", .controlCharacter), (#"{"jsonrpc":"2.0","method":"a","params":[1,]}"#, .unexpectedByte),
    ]

    @Test(arguments: notJSON.indices) func `what is not JSON is refused with the byte`(index: Int) throws {
        let (text, reason) = Self.notJSON[index]
        let violation = try #require(throws: ProtocolViolation.self) { try parse(text) }
        guard case .notJSON(let fault) = violation.kind else {
            Issue.record("\(violation)")
            return
        }
        #expect(fault.reason == reason)
    }

    @Test(arguments: ["[", "{\"a\":"]) func `depth without end is refused`(opening: String) throws {
        let text = #"{"jsonrpc":"2.0","id":1,"result":"# + String(repeating: opening, count: 100_000)
        let violation = try #require(throws: ProtocolViolation.self) { try parse(text) }
        guard case .notJSON(let fault) = violation.kind else {
            Issue.record("\(violation)")
            return
        }
        #expect(fault.reason == .tooDeep)
    }

    @Test func `bytes that are not UTF-8 are refused wherever they stand`() {
        for (head, tail) in [(#"{"jsonrpc":"2.0","id":""#, #"","result":1}"#), (#"{"jsonrpc":"2.0","id":1,"result":""#, #""}"#), (#"{""#, #"":1}"#)] {
            for bad in [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]] {
                var keys = JSONKeyStack()
                #expect(throws: ProtocolViolation.self) {
                    try Envelope.parse(ByteBuffer(bytes: Array(head.utf8) + bad + Array(tail.utf8)), keys: &keys)
                }
            }
        }
    }

    @Test func `the payload shares the storage of its line`() throws {
        let line = ByteBuffer(string: #"{"jsonrpc":"2.0","id":1,"result":{"a":1}}"#)
        var keys = JSONKeyStack()
        guard case .result(_, let payload) = try Envelope.parse(line, keys: &keys) else { return #expect(Bool(false)) }
        let start = line.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(payload.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == start + 33)
    }

    @Test func `scratch space carries nothing from one line to the next`() throws {
        var keys = JSONKeyStack()
        let broken = ByteBuffer(string: #"{"jsonrpc":"2.0","id":1,"result":{"a":{"#)
        for _ in 0..<3 {
            #expect(throws: ProtocolViolation.self) { try Envelope.parse(broken, keys: &keys) }
            _ = try Envelope.parse(ByteBuffer(string: #"{"jsonrpc":"2.0","id":1,"result":{"a":1,"id":2}}"#), keys: &keys)
        }
    }
}
