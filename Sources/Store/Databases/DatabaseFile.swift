import CSQLite
package import GRDB
import GRDBSQLite
package import Model
import Synchronization

/// A step of a schema, applied once to each database, in order.
package struct MigrationStep: Sendable {
    /// Unique and never changed: the database remembers it.
    package let identifier: String
    package let migrate: @Sendable (Database) throws -> Void

    package init(_ identifier: String, migrate: @escaping @Sendable (Database) throws -> Void) {
        self.identifier = identifier
        self.migrate = migrate
    }
}

/// One SQLite file: WAL, `synchronous=FULL` (a commit that returned survives a loss of power), foreign keys enforced,
/// one writer that commits in groups, and a few readers. All work happens on GRDB's own threads.
///
/// Whoever is given a connection can reach this file alone: no other can be attached to it.
package final class DatabaseFile: Sendable {
    let pool: DatabasePool
    let name: String
    let commits: GroupCommit
    /// Made before the first database of the process.
    private static let settings: Void = cloister_sqlite_count_nothing()
    /// Bytes that the file may have; nil for as many as there are.
    private let quota = Mutex<ByteSize?>(nil)

    /// Opens or makes the file and brings its schema up to date. Blocks.
    ///
    /// A file that is no database, damaged, or written by a newer cloister is refused with that reason.
    init(_ path: String, named name: String, steps: [MigrationStep]) throws(Problem) {
        _ = Self.settings
        self.name = name
        var configuration = Configuration()
        configuration.label = name
        configuration.maximumReaderCount = 2
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // Half a mebibyte of cache for each connection: there may be hundreds of open databases.
            try database.execute(sql: "PRAGMA cache_size = -512")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
            // Of a new file: what is removed can be given back page by page.
            if !database.configuration.readonly { try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            sqlite3_limit(database.sqliteConnection, SQLITE_LIMIT_ATTACHED, 0)
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            // The pool itself chooses NORMAL, under which the last commits may be lost with the power.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            commits = GroupCommit(pool)
            var migrator = DatabaseMigrator()
            for step in steps { migrator.registerMigration(step.identifier, migrate: step.migrate) }
            let isNewer = try pool.read(migrator.hasBeenSuperseded)
            guard !isNewer else {
                throw Problem(
                    .unsupported, "\(name) was written by a newer version of cloister: \(path)",
                    hint: "install that version, or restore a backup made before it")
            }
            try migrator.migrate(pool)
        } catch {
            throw Problem(database: error, "cannot open \(name)", path: path)
        }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw Problem(database: error, "cannot read \(name)", path: pool.path)
        }
    }

    /// Runs `body` in one transaction: all of it is on disk when this returns, or none when it throws.
    ///
    /// Callers that come together share a flush to disk; `body` runs again where what it did was undone through no fault of
    /// its own. A task that is cancelled before its turn changes nothing, unless it is not `cancellable`. Throws `quotaExceeded`
    /// where the file would outgrow its quota.
    package func write<Value: Sendable>(
        cancellable: Bool = true, patient: Bool = false, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        do {
            return try await commits.perform(cancellable: cancellable, patient: patient, body)
        } catch {
            throw refusal(error)
        }
    }

    /// Lets the file grow to so many bytes and no further; one that is larger stays as it is. `size` is asked when the writer
    /// has its turn, so that of several calls the last one holds. Blocks.
    func limit(_ size: () throws -> ByteSize) throws(Problem) {
        do {
            try pool.writeWithoutTransaction { database in
                let size = try size()
                let page = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
                let pages = min(max(1, size.bytes / page), Int64(UInt32.max) - 2)
                try database.execute(sql: "PRAGMA max_page_count = \(pages)")
                quota.withLock { $0 = size }
            }
        } catch {
            throw Problem(database: error, "cannot set the quota of \(name)", path: pool.path)
        }
    }

    /// SQLite says the same of a full disk and of a file that reached its limit.
    private func refusal(_ error: any Error) -> Problem {
        let problem = Problem(database: error, "cannot write \(name)", path: pool.path)
        guard (error as? DatabaseError)?.resultCode == .SQLITE_FULL, let quota = quota.withLock({ $0 }),
            StoreFolder.hasRoom(at: pool.path)
        else { return problem }
        return Problem(
            .quotaExceeded, "\(name) has reached its quota of \(quota)",
            hint: "delete what is not needed, or raise the quota: cloister tenant quota --disk")
    }

    /// As `read`, for code that already runs where it may block.
    func readBlocking<Value>(_ body: (Database) throws -> Value) throws(Problem) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw Problem(database: error, "cannot read \(name)", path: pool.path)
        }
    }

    /// As `write`, for code that already runs where it may block, in a transaction of its own.
    func changeBlocking(_ body: (Database) throws -> Void) throws(Problem) {
        do {
            try pool.write(body)
        } catch {
            throw refusal(error)
        }
    }

    /// Reads every page and compares every index with its table. Blocks.
    func verify() throws(Problem) {
        do {
            let findings = try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(3)") }
            guard findings == ["ok"] else {
                throw Problem.damaged(name, pool.path, findings.joined(separator: "; "))
            }
        } catch {
            throw Problem(database: error, "cannot read \(name)", path: pool.path)
        }
    }

    /// Writes the log back into the file and closes it; later calls fail. Blocks until what runs is done.
    func close() throws(Problem) {
        // Readers first: the connection that goes last writes the log back and removes it, and a reader could not.
        pool.invalidateReadOnlyConnections()
        do {
            try pool.close()
        } catch {
            throw Problem(database: error, "cannot close \(name)", path: pool.path)
        }
    }
}
