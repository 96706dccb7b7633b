import GRDB
import Glibc
import Model
package import Store
import Synchronization

/// Which era a plugin's MCP server speaks, remembered for the exact program that it is, so that it is asked only once.
///
/// A hint and no more: a server that answers otherwise than remembered is asked from the start.
package final class MCPMemory: Sendable {
    private struct State {
        var remembered: MCPEra.Opening
        /// How often each instance was started since the server last answered.
        var attempts: [Int: Int] = [:]
    }

    private let fingerprint: String
    private let store: TenantStore
    private let state: Mutex<State>

    private init(_ fingerprint: String, _ opening: MCPEra.Opening, _ store: TenantStore) {
        self.fingerprint = fingerprint
        self.store = store
        state = Mutex(State(remembered: opening))
    }

    /// What is to be tried with an instance that starts now: what is remembered, and after a start that came to nothing
    /// the other way. Some old servers end, or fall silent for good, under any question before `initialize`.
    func opening(instance: Int) -> MCPEra.Opening {
        state.withLock { state in
            let failures = state.attempts[instance, default: 0]
            state.attempts[instance] = failures + 1
            guard !failures.isMultiple(of: 2) else { return state.remembered }
            return state.remembered == .legacy ? .unknown : .legacy
        }
    }

    /// Whether exactly one start has come to nothing.
    var hasAnotherWay: Bool { state.withLock { $0.attempts.values.max() == 1 } }

    /// Keeps what was found out, in the tenant's database too.
    func learn(_ era: MCPEra) {
        let isNew = state.withLock { state in
            state.attempts = [:]
            defer { state.remembered = era.opening }
            return state.remembered != era.opening
        }
        guard isNew else { return }
        let (fingerprint, store) = (fingerprint, store)
        Task {
            // Forgetting costs one question.
            try? await store.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO mcpEra (program, era, learned) VALUES (?, ?, ?)
                        ON CONFLICT (program) DO UPDATE SET era = excluded.era, learned = excluded.learned
                        """,
                    arguments: [fingerprint, era.opening.rawValue, Self.now])
                try database.execute(
                    sql: "DELETE FROM mcpEra WHERE program NOT IN (SELECT program FROM mcpEra ORDER BY learned DESC LIMIT ?)",
                    arguments: [Self.limit])
            }
        }
    }

    /// Programs that a tenant's database remembers; the oldest are forgotten.
    static let limit = 256

    static func recall(_ fingerprint: String, in store: TenantStore) async throws(Problem) -> MCPMemory {
        let era = try await store.read { database in
            try String.fetchOne(database, sql: "SELECT era FROM mcpEra WHERE program = ?", arguments: [fingerprint])
        }
        return MCPMemory(fingerprint, era.flatMap(MCPEra.Opening.init) ?? .unknown, store)
    }

    private static var now: Int64 { Int64(time(nil)) }
}

extension MCPMemory {
    package static let steps = [
        MigrationStep("mcp 1 eras") { database in
            try database.execute(
                sql: """
                    CREATE TABLE mcpEra (
                        program TEXT PRIMARY KEY NOT NULL,
                        era TEXT NOT NULL,
                        learned INTEGER NOT NULL
                    ) STRICT
                    """)
        }
    ]
}
