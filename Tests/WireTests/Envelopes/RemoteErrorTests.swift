import Model
import NIOCore
import Testing

@testable import Wire

struct RemoteErrorTests {
    @Test func `every problem has a code of its own, and the protocol's list is kept`() {
        #expect(Set(Problem.Code.allCases.map(\.remoteCode)).count == Problem.Code.allCases.count)
        let list: [Int: Problem.Code] = [
            -31999: .permissionDenied, -31998: .quotaExceeded, -31997: .deadlineExceeded, -31996: .cancelled, -31995: .invalidConfiguration,
            -31994: .notFound, -31993: .conflict, -31992: .shuttingDown, -31991: .retryLater, -31990: .pluginFailed, -31989: .unsupported,
        ]
        for (code, problem) in list { #expect(problem.remoteCode == code) }
    }

    @Test(arguments: Problem.Code.allCases) func `a problem goes through the wire and comes back whole`(code: Problem.Code) throws {
        let problem = Problem(code, "plugin not found: exif", hint: "did you mean exif-metadata?", cause: "no such folder: é")
        var line = ByteBuffer()
        Envelope.failure(.integer(1), RemoteError(problem)).write(to: &line)
        var keys = JSONKeyStack()
        guard case .failure(_, let error) = try Envelope.parse(line, keys: &keys) else { return #expect(Bool(false)) }
        #expect(error.problem == problem)
        #expect(error.data?["title"]?.string == code.title)
        #expect(error.data?["type"]?.string == "urn:cloister:problem:\(code.rawValue)")
        #expect(error.retryAfterMilliseconds == (code == .retryLater ? 1000 : nil))
    }

    @Test func `codes of others are the plugin's failure, and a missing method is unsupported`() {
        for code in [0, 1, -1, -32000, -32700, -32600, -31000, .max, .min] {
            #expect(RemoteError(code: code, message: "").problem.code == .pluginFailed)
        }
        #expect(RemoteError(code: -32601, message: "").problem.code == .unsupported)
        #expect(RemoteError(code: -32602, message: "").problem.code == .invalidInput)
        #expect(RemoteError.methodNotFound("a\u{1B}b").code == -32601)
        #expect(RemoteError.methodNotFound("a\u{1B}b").message == "unknown method: a\\u{1B}b")
    }

    @Test func `what a plugin says cannot steer a terminal`() {
        let error = RemoteError(code: 1, message: "\u{1B}[2Jgone", data: ["hint": "\u{202E}x", "detail": "a\nb"])
        #expect(error.problem == Problem(.pluginFailed, "\\u{1B}[2Jgone", hint: "\\u{202E}x", cause: "a\\nb"))
    }

    @Test func `what is kept of an error has an end`() throws {
        let long = String(repeating: "é", count: 100_000)
        for data in ["\"\(long)\"", "[" + String(repeating: "[],", count: 40_000) + "1]"] {
            let line = #"{"jsonrpc":"2.0","id":1,"error":{"code":5,"data":"# + data + #","message":""# + long + "\"}}"
            var keys = JSONKeyStack()
            guard case .failure(_, let error) = try Envelope.parse(ByteBuffer(string: line), keys: &keys) else {
                return #expect(Bool(false))
            }
            #expect(error.message.utf8.count <= RemoteError.maximumMessageBytes + 3)
            #expect(error.data == nil)
        }
    }
}
