package import GRDB
import Model
import Synchronization

/// What was read from some tables of a database, until one of them changes.
///
/// What is found here was on disk when it was looked for. The database itself says when a table changes, so no writer can forget to.
final class Remembered<Key: Hashable & Sendable, Value: Sendable>: TransactionObserver, Sendable {
    private struct State {
        var values: [Key: Value] = [:]
        /// How often the tables have changed.
        var changes: UInt64 = 0
        var isTouched = false
    }

    let tables: Set<String>
    private let limit: Int
    private let state = Mutex(State())

    /// Of more than `limit` values all are forgotten.
    init(of tables: Set<String>, limit: Int) {
        (self.tables, self.limit) = (tables, limit)
    }

    /// From now on told of what changes in that database.
    func observe(_ file: DatabaseFile) { file.pool.add(transactionObserver: self, extent: .databaseLifetime) }

    /// The value, if it is here; and a mark with which one that is read now may be kept.
    func find(_ key: Key) -> (value: Value?, mark: UInt64) { state.withLock { ($0.values[key], $0.changes) } }

    /// Keeps a value that was read after its mark was given, unless the tables have changed since.
    func keep(_ value: Value, for key: Key, _ mark: UInt64) {
        state.withLock { state in
            guard state.changes == mark else { return }
            if state.values.count >= limit { state.values = [:] }
            state.values[key] = value
        }
    }

    func observes(eventsOfKind kind: DatabaseEventKind) -> Bool { tables.contains(kind.tableName) }

    func databaseDidChange(with event: DatabaseEvent) { state.withLock { $0.isTouched = true } }

    func databaseDidCommit(_ database: Database) {
        state.withLock { state in
            guard state.isTouched else { return }
            (state.values, state.isTouched) = ([:], false)
            state.changes += 1
        }
    }

    func databaseDidRollback(_ database: Database) { state.withLock { $0.isTouched = false } }
}

/// Something that is read whole from a few tables of a tenant's database, and may be remembered until one of them changes.
package struct KeptReading<Value: Sendable>: Sendable {
    /// Tells it apart from other readings.
    let name: String
    let tables: Set<String>
    let read: @Sendable (Database) throws -> Value

    package init(_ name: String, of tables: Set<String>, read: @escaping @Sendable (Database) throws -> Value) {
        (self.name, self.tables, self.read) = (name, tables, read)
    }
}
