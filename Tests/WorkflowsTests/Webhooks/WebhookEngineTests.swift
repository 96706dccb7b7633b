import GRDB
import HostTesting
import Model
import Store
import Synchronization
import Testing

@testable import Workflows

/// Messages on an engine with a real store: what they begin, once.
@Suite(.timeLimit(.minutes(3))) struct WebhookEngineTests {
    private static func definition(_ webhook: String, status: String = "active", settings: String = "{}") -> String {
        """
        {"id": "orders", "status": "\(status)", "settings": \(settings), "nodes": [
          {"id": "arrived", "type": "trigger", "config": {"kind": "webhook", \(webhook)}, "connections": [{"to": "use"}]},
          {"id": "use", "type": "action", "config": {"kind": "transform", "expression": "."}}]}
        """
    }
    private static let token = #""signature": {"scheme": "token", "secretName": "orders"}"#
    private static let named = token + #", "deduplicate": ".body.id""#
    private static let place = WebhookPlace(WorkflowID(unchecked: "orders"), NodeID(unchecked: "arrived"))

    private static func message(_ body: String, _ more: [(String, String)] = [], type: String = "application/json") -> WebhookMessage {
        WebhookMessage(
            headers: [("content-type", type), ("authorization", "Bearer hush")] + more, query: ["a": "b"], body: Array(body.utf8))
    }

    /// Those of the tenant `acme`.
    private struct Purse: SecretSource {
        var secrets: [String: String] = ["orders": "hush"]

        func secret(_ name: String, of tenant: TenantID) async throws(Problem) -> String {
            guard tenant.rawValue == "acme", let secret = secrets[name] else { throw Problem(.notFound, "secret not found: \(name)") }
            return secret
        }
    }

    private static func open(
        _ message: WebhookMessage, _ fixture: EngineFixture, _ purse: Purse = Purse(), at place: WebhookPlace = place, for tenant: TenantID? = nil
    ) async throws -> WebhookOpening {
        try await fixture.engine.open(message, at: place, for: tenant ?? fixture.tenant, purse)
    }

    private static func accept(_ message: WebhookMessage, _ fixture: EngineFixture) async throws -> (run: RunID, isNew: Bool) {
        guard case .open(let delivery) = try await open(message, fixture) else { throw Problem(.internalFault, "it was not let in") }
        return try await fixture.engine.accept(delivery, for: fixture.tenant)
    }

    private static func isUnknown(_ opening: WebhookOpening) -> Bool { if case .unknown = opening { true } else { false } }

    private static func fault(_ opening: WebhookOpening) -> WebhookFault? { if case .refused(let fault) = opening { fault } else { nil } }

    @Test func `a run gets the message without what proves it`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition(Self.token + #", "headers": ["X-Topic"]"#))
            let (id, isNew) = try await Self.accept(
                Self.message(#"{ "big": 9007199254740993 }"#, [("x-topic", "paid"), ("cookie", "a=b"), ("x-other", "c")]), fixture)
            #expect(isNew)
            let run = try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
            #expect(
                try JSONValue.parse(run.output?.text ?? "") == [
                    "method": "POST", "headers": ["content-type": "application/json", "x-topic": "paid"], "query": ["a": "b"],
                    "body": ["big": 9_007_199_254_740_993], "id": .null,
                ])
            #expect(run.trigger.rawValue == "arrived")
        }
    }

    @Test func `a message of the same name begins one run, also after a kill`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition(Self.named))
            let (first, isNew) = try await Self.accept(Self.message(#"{"id": "a"}"#), fixture)
            #expect(isNew)
            let again = try await Self.accept(Self.message(#"{"id": "a", "more": 1}"#), fixture)
            #expect(again.run == first && !again.isNew)
            let other = try await Self.accept(Self.message(#"{"id": "b"}"#), fixture)
            #expect(other.run != first && other.isNew)
            let next = await fixture.successor()
            let late = try await Self.accept(Self.message(#"{"id": "a"}"#), next)
            #expect(late.run == first && !late.isNew)
            // What has no name is taken as often as it comes.
            let (one, two) = (try await Self.accept(Self.message("{}"), next), try await Self.accept(Self.message("{}"), next))
            #expect(one.isNew && two.isNew)
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `of many at once with one name, one begins a run`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition(Self.named))
            let outcomes = try await withThrowingTaskGroup(of: (RunID, Bool).self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let (run, isNew) = try await Self.accept(Self.message(#"{"id": "a"}"#), fixture)
                        return (run, isNew)
                    }
                }
                var outcomes: [(RunID, Bool)] = []
                for try await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            #expect(outcomes.filter(\.1).count == 1 && Set(outcomes.map(\.0)).count == 1)
        }
    }

    @Test func `what is not there, rests, is another's or lacks its secret looks the same`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition(Self.token))
            let message = Self.message("{}")
            let nowhere = WebhookPlace(WorkflowID(unchecked: "orders"), NodeID(unchecked: "use"))
            #expect(Self.isUnknown(try await Self.open(message, fixture, at: nowhere)))
            #expect(Self.isUnknown(try await Self.open(message, fixture, at: WebhookPlace(WorkflowID(unchecked: "none"), NodeID(unchecked: "arrived")))))
            #expect(Self.isUnknown(try await Self.open(message, fixture, for: TenantID("nobody"))))
            // The shelf shows its workflows to everybody; the secret is the other's.
            #expect(Self.isUnknown(try await Self.open(message, fixture, for: TenantID("globex"))))
            #expect(Self.isUnknown(try await Self.open(message, fixture, Purse(secrets: [:]))))
            #expect(Self.fault(try await Self.open(message, fixture, Purse(secrets: ["orders": "new"]))) == .wrongSignature)
            try fixture.library.publish(Self.definition(Self.token, status: "inactive"))
            await fixture.engine.libraryChanged(of: fixture.tenant)
            #expect(Self.isUnknown(try await Self.open(message, fixture)))
            let resting = EngineFixture.engine(fixture.store, fixture.library, fixture.world) { _ in false }
            #expect(Self.isUnknown(try await resting.open(message, at: Self.place, for: fixture.tenant, Purse())))
        }
    }

    @Test func `what cannot be read is refused once it is proved`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition(Self.token))
            for type in ["application/json", "application/json; charset=utf-8", "application/cloudevents+json", "Application/JSON"] {
                guard case .open = try await Self.open(Self.message("1", type: type), fixture) else {
                    Issue.record("\(type)")
                    continue
                }
            }
            for type in ["text/plain", "application/x-www-form-urlencoded", "image/svg+json", ""] {
                #expect(Self.fault(try await Self.open(Self.message("{}", type: type), fixture)) == .unsupportedMediaType, "\(type)")
            }
            for body in ["", "{", "{}x", "a=b", #"{"a":1,"a":2}"#, "\u{FEFF}{}", String(repeating: "[", count: 100_000)] {
                guard case .malformedBody? = Self.fault(try await Self.open(Self.message(body), fixture)) else {
                    Issue.record("\(body.prefix(20))")
                    continue
                }
            }
            let large = "\"" + String(repeating: "x", count: Payload.limit - 20) + "\""
            #expect(Self.fault(try await Self.open(Self.message(large), fixture)) == .tooLarge)
            // Strangers are told nothing of their bodies.
            let stranger = WebhookMessage(headers: [("content-type", "text/plain")], query: [:], body: [0xFF])
            #expect(Self.fault(try await Self.open(stranger, fixture)) == .wrongSignature)
        }
    }

    @Test func `a name that cannot be made refuses the message, and a full queue keeps it with its sender`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition(Self.token + #", "deduplicate": "fault""#))
            let nameless = await problem { try await Self.accept(Self.message("{}"), fixture) }
            #expect(nameless?.code == .invalidInput && nameless?.message == "deduplicate of trigger arrived: text at line 1, column 2: a fault")
            try fixture.library.publish(Self.definition(Self.token))
            await fixture.engine.libraryChanged(of: fixture.tenant)
            let place = try await fixture.store.tenant(fixture.tenant)
            try await place.write { database in
                try database.execute(
                    sql: """
                        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(TenantRuns.queueLimit))
                        INSERT INTO workflowRun (id, workflow, version, "trigger", state, phase, priority, isPaused, needsPerson, input, began, depth)
                        SELECT 'run-' || n, 'none', 1, 'start', 'running', 'held', 0, 0, 0, 'null', 1, 0 FROM number
                        """)
            }
            let full = await problem { try await Self.accept(Self.message("{}"), fixture) }
            #expect(full?.code == .retryLater && full?.wait == 60)
        }
    }
}
