import Model
import Synchronization
import Testing

@testable import Workflows

/// What a step comes to by the answer to its request.
struct RequestEndTests {
    private static let address: RequestAddress? = try? RequestAddress("https://api.example.com/secret/path?token=1")

    /// Where there is no room to keep a body.
    private func outcome(
        _ status: Int, _ body: String = "", _ headers: [(String, String)] = [], _ action: HTTPAction? = nil
    ) async throws -> PlannerEvent.Outcome {
        try await Self.outcome(status, Array(body.utf8), headers, action ?? Self.get) { _ throws(Problem) in
            throw Problem(.quotaExceeded, "no room")
        }
    }

    private static func outcome(
        _ status: Int, _ body: [UInt8], _ headers: [(String, String)], _ action: HTTPAction, keeping keep: ContentKeeper
    ) async throws -> PlannerEvent.Outcome {
        let fields = headers.map { PreparedRequest.Field(name: $0.0, value: $0.1) }
        return await RequestEnd.answered(ReceivedAnswer(status: status, fields: fields, body: body))
            .outcome(of: action, to: try #require(address), keeping: keep)
    }

    private static let get = HTTPAction(url: Template(root: .constant("x")))
    private static var post: HTTPAction { HTTPAction(method: .post, url: Template(root: .constant("x")), idempotency: .none) }

    private func value(_ outcome: PlannerEvent.Outcome) throws -> JSONValue {
        guard case .success(let payload) = outcome else { throw Problem(.internalFault, "\(outcome)") }
        return try JSONValue.parse(payload.text)
    }

    @Test func `a body is JSON where it says so, else text`() async throws {
        let json = try value(try await outcome(200, #"{"n": 9007199254740993}"#, [("Content-Type", "application/json; charset=utf-8"), ("X-A", "1"), ("x-a", "2")]))
        #expect(json == ["status": 200, "headers": ["content-type": "application/json; charset=utf-8", "x-a": "1, 2"], "body": ["n": 9_007_199_254_740_993]])
        #expect(try value(try await outcome(200, "[1]", [("content-type", "application/problem+json")]))["body"] == [1])
        #expect(try value(try await outcome(200, "[1]", [("content-type", "text/plain")]))["body"] == "[1]")
        #expect(try value(try await outcome(200, "{", [("content-type", "application/json")]))["body"] == "{")
        #expect(try value(try await outcome(204))["body"] == .null)
    }

    @Test func `a body that is no text, or too large for a run, is kept as it came and referred to`() async throws {
        let picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0, 0xFF, 0xFE]
        for body in [picture, Array(repeating: 0x78, count: Payload.limit + 1), Array(repeating: 1, count: Payload.limit / 3)] {
            let kept = Mutex<[[UInt8]]>([])
            let output = try value(
                try await Self.outcome(200, body, [("content-type", "image/png")], Self.post) { bytes in
                    kept.withLock { $0.append(bytes) }
                    return ["document": "doc-1"]
                })
            #expect(output == ["status": 200, "headers": ["content-type": "image/png"], "body": ["document": "doc-1"]])
            #expect(kept.withLock { $0 } == [body])
        }
    }

    @Test func `a body of an answer that does not succeed is not kept`() async throws {
        guard case .failure(let error) = try await outcome(404, "\u{0}PNG") else { return #expect(Bool(false), "no failure") }
        #expect(error.code == "http.404")
    }

    @Test func `where it cannot be kept the step fails, and what must not happen twice is for a person`() async throws {
        guard case .failure(let error) = try await outcome(200, "\u{0}PNG", [("content-type", "image/png")]) else {
            return #expect(Bool(false), "kept")
        }
        #expect(error.code == "quotaExceeded" && error.message.contains("4B that cannot be kept: no room"), "\(error)")
        guard case .lost = try await outcome(200, "\u{0}PNG", [], Self.post) else { return #expect(Bool(false), "not lost") }
    }

    @Test(arguments: [(503, true), (500, true), (429, true), (408, true), (404, false), (401, false), (302, false), (400, false)])
    func `a status that speaks of the moment is worth another attempt`(status: Int, again: Bool) async throws {
        guard case .failure(let error) = try await outcome(status, "token", [("Retry-After", "7")]) else { return #expect(Bool(false), "no failure") }
        #expect(error.code == "http.\(status)" && error.pause == 7000)
        #expect(error.message.contains("api.example.com answers \(status)") && !error.message.contains("token") && !error.message.contains("path"))
        var random = SystemRandomNumberGenerator()
        let wait = RetryPolicy(delay: .seconds(1)).wait(after: 1, code: error.code, asked: error.pause ?? 0, began: 0, now: 0, random: &random)
        #expect(wait == (again ? 7000 : nil))
        let asked = RetryPolicy(delay: .seconds(1), longest: .seconds(3), only: ["http.\(status / 100)xx"])
        #expect(asked.wait(after: 1, code: error.code, asked: 7000, began: 0, now: 0, random: &random) == 3000)
        #expect(RetryPolicy(only: ["unreachable"]).wait(after: 1, code: error.code, began: 0, now: 0, random: &random) == nil)
    }

    @Test func `which statuses succeed is for the author to say`() async throws {
        var action = Self.get
        action.successes = [404]
        #expect(try value(try await outcome(404, "", [], action))["status"] == 404)
        guard case .failure = try await outcome(200, "", [], action) else { return #expect(Bool(false), "200 succeeded") }
    }

    @Test func `nobody knows what became of a request that may have arrived`() async throws {
        let address = try #require(Self.address)
        let error = StepError("unreachable", "gone")
        func outcome(_ mayHaveArrived: Bool) async -> PlannerEvent.Outcome {
            await RequestEnd.failed(error, mayHaveArrived: mayHaveArrived).outcome(of: Self.post, to: address) { _ in .null }
        }
        guard case .lost = await outcome(true), case .failure = await outcome(false) else { return #expect(Bool(false), "known") }
    }
}
