import GRDB
import Model

extension TableDifference {
    static func counts(_ database: Database) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        let tables = try String.fetchAll(
            database,
            sql: """
                SELECT name FROM sqlite_schema
                WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'
                """)
        for table in tables {
            let name = table.replacing("\"", with: "\"\"")
            counts[table] = try Int.fetchOne(database, sql: "SELECT count(*) FROM \"\(name)\"") ?? 0
        }
        return counts
    }

    /// Of a database that nobody uses. Blocks.
    static func counts(of path: String) throws(Problem) -> [String: Int] {
        do {
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            return try queue.read { try counts($0) }
        } catch {
            throw Problem(database: error, "cannot read the restored database", path: path)
        }
    }

    /// The tables that do not have the same number of rows.
    static func between(_ before: [String: Int], _ after: [String: Int]) -> [TableDifference] {
        Set(before.keys).union(after.keys).sorted().compactMap { table in
            let (old, new) = (before[table] ?? 0, after[table] ?? 0)
            return old == new ? nil : TableDifference(table: table, before: old, after: new)
        }
    }
}
