import GRDB
import Model
import Synchronization

/// The records of tenants that were read, until one of them changes: every request begins with one.
///
/// What is found here was on disk when it was looked for. The database itself says when the table changes, so no writer can forget
/// to.
final class TenantRecords: TransactionObserver, Sendable {
    private struct State {
        var records: [TenantID: Tenant] = [:]
        /// How often the table has changed.
        var changes: UInt64 = 0
        var isTouched = false
    }

    /// More than any of those who use them at a time.
    private static let most = 4096

    private let state = Mutex(State())

    /// The record, if it is here; and a mark with which one that is read now may be kept.
    func find(_ id: TenantID) -> (record: Tenant?, mark: UInt64) { state.withLock { ($0.records[id], $0.changes) } }

    /// Keeps a record that was read after its mark was given, unless the table has changed since.
    func keep(_ record: Tenant, _ mark: UInt64) {
        state.withLock { state in
            guard state.changes == mark else { return }
            if state.records.count >= Self.most { state.records = [:] }
            state.records[record.id] = record
        }
    }

    func observes(eventsOfKind kind: DatabaseEventKind) -> Bool { kind.tableName == "tenant" }

    func databaseDidChange(with event: DatabaseEvent) { state.withLock { $0.isTouched = true } }

    func databaseDidCommit(_ database: Database) {
        state.withLock { state in
            guard state.isTouched else { return }
            (state.records, state.isTouched) = ([:], false)
            state.changes += 1
        }
    }

    func databaseDidRollback(_ database: Database) { state.withLock { $0.isTouched = false } }
}
