import FoundationEssentials
import GRDB
import Model
import Store

extension Audit {
    /// Signs how far each log has come that was used in this daemon's life, where it has come any further.
    package func checkpoint() async {
        for place in used {
            do throws(Problem) { try await checkpoint(place) } catch { complain("no checkpoint over \(place): \(error)") }
        }
    }

    /// Removes what is older than it is to be kept, behind a signed anchor. What is broken stays as it is.
    package func prune() async {
        guard let keeping else { return }
        let limit = Moment.now - Int64(keeping / .milliseconds(1))
        for place in used {
            do throws(Problem) { _ = try await prune(place, before: limit) } catch { complain("\(place) not pruned: \(error)") }
        }
    }

    /// Every minute what was denied, every hour checkpoints and pruning, until the task is cancelled.
    package func watch() async {
        var minutes = 0
        while (try? await Task.sleep(for: .seconds(60))) != nil {
            minutes += 1
            await flush()
            guard minutes.isMultiple(of: 60) else { continue }
            await checkpoint()
            if minutes.isMultiple(of: 24 * 60) || minutes == 60 { await prune() }
        }
    }

    /// Everything that was counted is written and signed.
    package func finish() async {
        await flush(all: true)
        await checkpoint()
    }

    func checkpoint(_ place: AuditPlace) async throws(Problem) {
        try await writer(of: place).settle()
        let (witness, key) = (witness, key)
        let outside = try await Blocking.run { () throws(Problem) in try witness.last(of: place) }
        let made: AuditCheckpoint? = try await books.write(place) { database in
            let (sequence, digest) = try AuditSchema.head(database)
            let log = try AuditSchema.name(database)
            if let outside { try Self.check(outside, log, database) }
            let last = try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM auditCheckpoint") ?? 0
            guard sequence > last else { return nil }
            let checkpoint = try Self.sign(.checkpoint, log, sequence, digest, key)
            try AuditSchema.insert(checkpoint, database)
            return checkpoint
        }
        guard let made else { return }
        try await Blocking.run { () throws(Problem) in try witness.keep(made, of: place) }
    }

    /// How many entries went.
    func prune(_ place: AuditPlace, before limit: Int64) async throws(Problem) -> Int {
        let verdict = try await verify(place)
        if let finding = verdict.finding { throw Problem(.conflict, "it is broken: \(finding.detail)") }
        let key = key
        return try await books.write(place) { database in
            let kept = try Int64.fetchOne(database, sql: "SELECT min(sequence) FROM audit WHERE time >= ?", arguments: [limit])
            let open = try Int64.fetchOne(database, sql: "SELECT min(sequence) FROM auditOpen")
            // The last one stays in any case, so that there is always something to go on from.
            let last = try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM audit") ?? 0
            let end = min(kept ?? last, open ?? last, last) - 1
            guard
                let digest = try Data.fetchOne(database, sql: "SELECT digest FROM audit WHERE sequence = ?", arguments: [end])
            else { return 0 }
            let anchor = try Self.sign(.anchor, try AuditSchema.name(database), end, [UInt8](digest), key)
            try database.execute(sql: "DELETE FROM audit WHERE sequence <= ?", arguments: [end])
            let count = database.changesCount
            try database.execute(sql: "DELETE FROM auditCheckpoint WHERE sequence <= ?", arguments: [end])
            try AuditSchema.insert(anchor, database)
            return count
        }
    }

    private static func sign(
        _ kind: AuditCheckpoint.Kind, _ log: String, _ sequence: Int64, _ digest: [UInt8], _ key: AuditKey
    ) throws(Problem) -> AuditCheckpoint {
        let time = Moment.now
        let text = AuditCheckpoint.text(kind, log: log, sequence: sequence, digest: digest, time: time)
        return AuditCheckpoint(
            kind, log: log, sequence: sequence, digest: digest, time: time, signature: try key.sign(text))
    }

    /// Nothing is signed over a log that the last signature no longer holds for: the new one would hide what happened.
    private static func check(_ outside: AuditCheckpoint, _ log: String, _ database: Database) throws {
        let anchor = try Int64.fetchOne(database, sql: "SELECT max(sequence) FROM auditCheckpoint WHERE kind = 'anchor'") ?? 0
        guard outside.log == log else { throw Problem(.conflict, "another log stands in its place") }
        guard outside.sequence > anchor else { return }
        let digest = try Data.fetchOne(
            database, sql: "SELECT digest FROM audit WHERE sequence = ?", arguments: [outside.sequence])
        guard digest.map({ [UInt8]($0) }) == outside.digest else {
            throw Problem(
                .conflict, "entry \(outside.sequence) is not the one that was signed",
                hint: "cloister audit verify tells what is wrong with the log")
        }
    }
}
