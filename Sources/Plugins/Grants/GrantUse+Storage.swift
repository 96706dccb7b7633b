import GRDB
import Model
import Store

extension GrantUse {
    /// What was counted so far, by resource, action and subject.
    static func all(of plugin: PluginID, in store: TenantStore) async throws(Problem) -> [GrantUse] {
        try await store.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM pluginGrantUse WHERE plugin = ? ORDER BY resource, action, subject",
                arguments: [plugin.rawValue]
            ).compactMap { GrantUse($0) }
        }
    }

    /// Adds counts to those of the database. Subjects beyond the limit go to the others.
    static func add(_ uses: [GrantUse], of plugin: PluginID, to database: Database) throws {
        for use in uses {
            let known = try Int.fetchOne(
                database,
                sql: """
                    SELECT count(*) FROM pluginGrantUse
                    WHERE plugin = ? AND resource = ? AND action = ? AND subject NOT IN (?, ?)
                    """,
                arguments: [
                    plugin.rawValue, use.key.resource.rawValue, use.key.action, use.key.subject, GrantUse.others,
                ])
            let key = known ?? 0 < subjectLimit ? use.key : use.key.withoutSubject
            try database.execute(
                sql: """
                    INSERT INTO pluginGrantUse (plugin, resource, action, subject, largest, allowed, refused, last)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (plugin, resource, action, subject) DO UPDATE SET
                        largest = max(largest, excluded.largest), allowed = allowed + excluded.allowed,
                        refused = refused + excluded.refused, last = max(last, excluded.last)
                    """,
                arguments: [
                    plugin.rawValue, key.resource.rawValue, key.action, key.subject, use.largest, use.allowed,
                    use.refused, use.last,
                ])
        }
    }

    /// Nil for a resource that this version does not know.
    private init?(_ row: Row) {
        guard let resource = Resource(rawValue: row["resource"]) else { return nil }
        self.init(
            Key(resource: resource, action: row["action"], subject: row["subject"]), largest: row["largest"],
            allowed: row["allowed"], refused: row["refused"], last: row["last"])
    }
}
