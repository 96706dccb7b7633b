import GRDB
import GRDBSQLite
import Model

/// Whether a database that came from elsewhere is one that this program could have written: tables, indexes and triggers
/// exactly as its own steps make them. Anything more could act when the database is used.
enum SchemaCheck {
    /// Throws `invalidInput` for a foreign schema or a damaged file, `unsupported` for one of a newer version. Blocks.
    static func check(_ path: String, _ steps: [MigrationStep]) throws(Problem) {
        do {
            var configuration = Configuration()
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA trusted_schema = OFF")
                try database.execute(sql: "PRAGMA cell_size_check = ON")
                sqlite3_limit(database.sqliteConnection, SQLITE_LIMIT_ATTACHED, 0)
            }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            try queue.read { database in
                let schema = try schema(database)
                // Read only where it is a table like ours.
                guard schema.contains(where: { $0.hasPrefix("table grdb_migrations ") }),
                    schema.isSuperset(of: try reference([]))
                else { throw Problem(.invalidInput, "the database was not written by cloister") }
                let applied = Set(try String.fetchAll(database, sql: "SELECT identifier FROM grdb_migrations"))
                guard applied.isSubset(of: Set(steps.map(\.identifier))) else {
                    throw Problem(
                        .unsupported, "the database was written by a newer version of cloister",
                        hint: "upgrade this daemon first")
                }
                let expected = try reference(steps.filter { applied.contains($0.identifier) })
                guard schema == expected else {
                    throw Problem(
                        .invalidInput, "the database has a schema that cloister does not make",
                        cause: schema.symmetricDifference(expected).sorted().first.map { String($0.prefix(120)) })
                }
                guard try String.fetchAll(database, sql: "PRAGMA integrity_check(1)") == ["ok"],
                    try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") == nil
                else { throw Problem(.invalidInput, "the database is damaged") }
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(.invalidInput, "the database is damaged", cause: String(describing: error))
        }
    }

    private static func reference(_ steps: [MigrationStep]) throws -> Set<String> {
        let queue = try DatabaseQueue()
        var migrator = DatabaseMigrator()
        for step in steps { migrator.registerMigration(step.identifier, migrate: step.migrate) }
        try migrator.migrate(queue)
        return try queue.read { try schema($0) }
    }

    private static func schema(_ database: Database) throws -> Set<String> {
        try String.fetchSet(
            database,
            sql: """
                SELECT type || ' ' || name || ' of ' || tbl_name || ': ' || coalesce(sql, '')
                FROM sqlite_schema
                """)
    }
}
