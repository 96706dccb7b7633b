package import GRDB
package import Model

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
/// one writer and a few readers. All work happens on GRDB's own threads.
package final class DatabaseFile: Sendable {
    private let pool: DatabasePool
    private let name: String

    /// Opens or makes the file and brings its schema up to date. Blocks.
    ///
    /// A file that is no database, damaged, or written by a newer cloister is refused with that reason.
    init(_ path: String, named name: String, steps: [MigrationStep]) throws(Problem) {
        self.name = name
        var configuration = Configuration()
        configuration.label = name
        configuration.maximumReaderCount = 2
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // Half a mebibyte of cache for each connection: there may be hundreds of open databases.
            try database.execute(sql: "PRAGMA cache_size = -512")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            // The pool itself chooses NORMAL, under which the last commits may be lost with the power.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
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
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        do {
            return try await pool.write(body)
        } catch {
            throw Problem(database: error, "cannot write \(name)", path: pool.path)
        }
    }

    /// As `read`, for code that already runs where it may block.
    func readBlocking<Value>(_ body: (Database) throws -> Value) throws(Problem) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw Problem(database: error, "cannot read \(name)", path: pool.path)
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
