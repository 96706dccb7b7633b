import GRDB
package import Model
import Store

/// Which entries of a log: those from one moment to before another, in milliseconds since 1970.
package struct AuditRange: Sendable, Hashable {
    package var from: Int64
    package var to: Int64

    package init(from: Int64? = nil, to: Int64? = nil) {
        self.from = from ?? .min
        self.to = to ?? .max
    }
}

extension Audit {
    /// The newest first; those behind the one at `cursor` where one is named.
    package func list(
        _ place: AuditPlace, _ range: AuditRange = AuditRange(), before cursor: Int64? = nil, limit: Int
    ) async throws(Problem) -> (entries: [AuditEntry], cursor: Int64?) {
        await settle(place)
        let entries = try await books.read(place) { database in
            try Self.entries(
                Row.fetchAll(
                    database,
                    sql: """
                        SELECT * FROM audit WHERE sequence < ? AND time >= ? AND time < ?
                        ORDER BY sequence DESC LIMIT ?
                        """, arguments: [cursor ?? .max, range.from, range.to, limit + 1]))
        }
        let page = Array(entries.prefix(limit))
        return (page, entries.count > limit ? page.last?.sequence : nil)
    }

    /// Hands over the oldest first, a part at a time, so that neither memory nor a database is held by who reads slowly.
    package func export(
        _ place: AuditPlace, _ range: AuditRange = AuditRange(), after cursor: Int64 = 0, limit: Int? = nil,
        _ take: (AuditEntry) async throws -> Void
    ) async throws {
        await settle(place)
        var (last, left) = (cursor, limit ?? .max)
        while left > 0 {
            let (after, count) = (last, min(left, Self.part))
            let entries = try await books.read(place) { database in
                try Self.entries(
                    Row.fetchAll(
                        database,
                        sql: """
                            SELECT * FROM audit WHERE sequence > ? AND time >= ? AND time < ?
                            ORDER BY sequence LIMIT ?
                            """, arguments: [after, range.from, range.to, count]))
            }
            for entry in entries { try await take(entry) }
            guard entries.count == count, let entry = entries.last else { return }
            last = entry.sequence
            left -= count
        }
    }

    /// The checkpoints of a log, the oldest first.
    package func checkpoints(_ place: AuditPlace) async throws(Problem) -> [AuditCheckpoint] {
        try await books.read(place) { try AuditSchema.checkpoints($0) }
    }

    /// Reads a whole log as of one moment, and says what is wrong with it first.
    package func verify(_ place: AuditPlace) async throws(Problem) -> AuditVerdict {
        await settle(place)
        let witness = witness
        let outside = try await Blocking.run { () throws(Problem) in try witness.last(of: place) }
        let key = key
        return try await books.read(place) { database in
            var verdict = AuditVerdict(place)
            let checkpoints = try AuditSchema.checkpoints(database)
            verdict.checkpoint = checkpoints.last { $0.kind == .checkpoint }.map { ($0.time, $0.sequence) }
            var chain = AuditChain(
                try AuditSchema.name(database), checkpoints: checkpoints + (outside.map { [$0] } ?? []), holds: key.holds)
            verdict.finding = chain.begin()
            let rows = try Row.fetchCursor(database, sql: "SELECT * FROM audit ORDER BY sequence")
            while let row = try rows.next() {
                let sequence: Int64 = row["sequence"]
                verdict.first = verdict.first ?? sequence
                verdict.last = sequence
                verdict.entries += 1
                guard verdict.finding == nil else { continue }
                guard let entry = AuditEntry(row) else {
                    verdict.finding = AuditFinding(.changed, at: sequence, "entry \(sequence) is not one that a daemon wrote")
                    continue
                }
                verdict.finding = chain.take(entry)
            }
            verdict.finding = verdict.finding ?? chain.end()
            return verdict
        }
    }

    /// Where there is such a log: the name of no tenant leaves nothing here.
    private func settle(_ place: AuditPlace) async {
        if let tenant = place.tenant, (try? await books.store.tenant(tenant)) == nil { return }
        try? await writer(of: place).settle()
    }

    private static let part = 500

    private static func entries(_ rows: [Row]) throws -> [AuditEntry] {
        try rows.map { row in
            if let entry = AuditEntry(row) { return entry }
            throw Problem(
                .internalFault, "entry \(row["sequence"] as Int64) of an audit log is damaged",
                hint: "cloister audit verify tells what is wrong with the log")
        }
    }
}
