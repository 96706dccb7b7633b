import GRDB
import HTTPTypes
import Model
import Store
import Testing

@testable import Web
@testable import cloister

/// Attempts in a real registry.
@Suite(.timeLimit(.minutes(2))) struct IdempotencyTests {
    @Test func `of one principal so many attempts are known, the oldest goes first, and those of others stay`() async throws {
        try await DaemonFixture.with { host in
            let attempts = try await Idempotency(host.daemon.store)
            func begin(_ name: String, of principal: String = "flood") async throws -> Idempotency.Verdict {
                try await attempts.begin(Idempotency.Attempt(principal: principal, key: name), fingerprint: "f")
            }
            func isKnown(_ name: String, of principal: String = "flood") async throws -> Bool {
                if case .go = try await begin(name, of: principal) { false } else { true }
            }
            for (name, principal) in [("mine", "other"), ("running", "flood"), ("oldest", "flood")] {
                _ = try await begin(name, of: principal)
            }
            func end(_ name: String) async throws {
                try await attempts.end(
                    Idempotency.Attempt(principal: "flood", key: name), Answer(status: .noContent, content: .none), isConfidential: false)
            }
            try await end("oldest")
            for number in 0..<Idempotency.attemptLimit {
                _ = try await begin("n\(number)")
                try await end("n\(number)")
            }
            #expect(try await isKnown("mine", of: "other"))
            #expect(try await isKnown("running"))
            #expect(try await isKnown("n\(Idempotency.attemptLimit - 1)"))
            #expect(try await isKnown("oldest") == false)
            let count = try await host.daemon.store.readRegistry { database in
                try Int.fetchOne(database, sql: "SELECT count(*) FROM attempt WHERE principal = 'flood'") ?? 0
            }
            #expect(count <= Idempotency.attemptLimit + 1)
        }
    }
}
