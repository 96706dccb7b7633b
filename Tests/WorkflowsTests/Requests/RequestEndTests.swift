import Model
import Testing

@testable import Workflows

/// What a step comes to by the answer to its request.
struct RequestEndTests {
    private static let address: RequestAddress? = try? RequestAddress("https://api.example.com/secret/path?token=1")

    private func outcome(
        _ status: Int, _ body: String = "", _ headers: [(String, String)] = [], _ action: HTTPAction? = nil
    ) throws -> PlannerEvent.Outcome {
        let fields = headers.map { PreparedRequest.Field(name: $0.0, value: $0.1) }
        return RequestEnd.answered(ReceivedAnswer(status: status, fields: fields, body: Array(body.utf8)))
            .outcome(of: action ?? Self.get, to: try #require(Self.address))
    }

    private static let get = HTTPAction(url: Template(root: .constant("x")))
    private static var post: HTTPAction { HTTPAction(method: .post, url: Template(root: .constant("x")), idempotency: .none) }

    private func value(_ outcome: PlannerEvent.Outcome) throws -> JSONValue {
        guard case .success(let payload) = outcome else { throw Problem(.internalFault, "\(outcome)") }
        return try JSONValue.parse(payload.text)
    }

    @Test func `a body is JSON where it says so, else text`() throws {
        let json = try value(try outcome(200, #"{"n": 9007199254740993}"#, [("Content-Type", "application/json; charset=utf-8"), ("X-A", "1"), ("x-a", "2")]))
        #expect(json == ["status": 200, "headers": ["content-type": "application/json; charset=utf-8", "x-a": "1, 2"], "body": ["n": 9_007_199_254_740_993]])
        #expect(try value(try outcome(200, "[1]", [("content-type", "application/problem+json")]))["body"] == [1])
        #expect(try value(try outcome(200, "[1]", [("content-type", "text/plain")]))["body"] == "[1]")
        #expect(try value(try outcome(200, "{", [("content-type", "application/json")]))["body"] == "{")
        #expect(try value(try outcome(204))["body"] == .null)
    }

    @Test func `bytes that are no text are not kept, and what must not happen twice is for a person`() throws {
        guard case .failure(let error) = try outcome(200, "\u{0}PNG", [("content-type", "image/png")]) else {
            return #expect(Bool(false), "kept")
        }
        #expect(error.code == "unsupported" && error.message.contains("image/png"))
        guard case .lost = try outcome(200, "\u{0}PNG", [], Self.post) else { return #expect(Bool(false), "not lost") }
        let wide = String(repeating: "\u{1}", count: Payload.limit / 3)
        guard case .failure(let large) = try outcome(200, wide, [("content-type", "text/plain")]) else { return #expect(Bool(false), "kept") }
        #expect(large.message.contains("more than"))
    }

    @Test(arguments: [(503, true), (500, true), (429, true), (408, true), (404, false), (401, false), (302, false), (400, false)])
    func `a status that speaks of the moment is worth another attempt`(status: Int, again: Bool) throws {
        guard case .failure(let error) = try outcome(status, "token", [("Retry-After", "7")]) else { return #expect(Bool(false), "no failure") }
        #expect(error.code == "http.\(status)" && error.pause == 7000)
        #expect(error.message.contains("api.example.com answers \(status)") && !error.message.contains("token") && !error.message.contains("path"))
        var random = SystemRandomNumberGenerator()
        let wait = RetryPolicy(delay: .seconds(1)).wait(after: 1, code: error.code, asked: error.pause ?? 0, began: 0, now: 0, random: &random)
        #expect(wait == (again ? 7000 : nil))
        let asked = RetryPolicy(delay: .seconds(1), longest: .seconds(3), only: ["http.\(status / 100)xx"])
        #expect(asked.wait(after: 1, code: error.code, asked: 7000, began: 0, now: 0, random: &random) == 3000)
        #expect(RetryPolicy(only: ["unreachable"]).wait(after: 1, code: error.code, began: 0, now: 0, random: &random) == nil)
    }

    @Test func `which statuses succeed is for the author to say`() throws {
        var action = Self.get
        action.successes = [404]
        #expect(try value(try outcome(404, "", [], action))["status"] == 404)
        guard case .failure = try outcome(200, "", [], action) else { return #expect(Bool(false), "200 succeeded") }
    }

    @Test func `nobody knows what became of a request that may have arrived`() throws {
        let address = try #require(Self.address)
        let error = StepError("unreachable", "gone")
        guard case .lost = RequestEnd.failed(error, mayHaveArrived: true).outcome(of: Self.post, to: address),
            case .failure = RequestEnd.failed(error, mayHaveArrived: false).outcome(of: Self.post, to: address)
        else { return #expect(Bool(false), "known") }
    }
}
