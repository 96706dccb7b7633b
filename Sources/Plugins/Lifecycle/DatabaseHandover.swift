import FoundationEssentials
package import GRDB
package import Model
import Store

/// What becomes of plugins, grants and secrets when the database of a tenant goes to another one.
package enum DatabaseHandover {
    /// Within a daemon: the plugins rest until somebody enables them, as two tenants would do the same twice otherwise, and
    /// the secrets are sealed anew for their new owner.
    package static func copy(
        _ database: Database, from source: TenantID, to target: TenantID, _ secrets: Secrets
    ) throws {
        try database.execute(
            sql: "UPDATE pluginRegistration SET enabled = 0, notice = ?", arguments: ["restored from a backup of \(source)"])
        try secrets.reseal(database, from: source, to: target)
    }

    /// From elsewhere: nothing that could act, open something or name a place of this machine is taken over. Plugins have to
    /// be installed, consented to and enabled here; what they kept is there when they are.
    package static func clean(_ database: Database) throws {
        try KeptData.rememberAll(database)
        for table in ["pluginIntent", "pluginGrant", "pluginGrantUse", "pluginRelease", "pluginRegistration", "mcpEra", "secret", "upload"] {
            try database.execute(sql: "DELETE FROM \(table)")
        }
        try database.execute(sql: "DELETE FROM document WHERE arriving")
        // A name becomes a part of a path when a plugin is given the document, a type a header of HTTP.
        let documents = try Row.fetchCursor(database, sql: "SELECT name, mediaType, size FROM document")
        while let row = try documents.next() {
            try Document.check(name: row["name"])
            let (type, size): (String, Int64) = (row["mediaType"], row["size"])
            guard size >= 0, type.utf8.count <= 255, type.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw Problem(.invalidInput, "the export has a document that none can be")
            }
        }
        // Whoever wrote the file may have written any totals.
        try database.execute(
            sql: """
                DELETE FROM pluginStorageTotal;
                INSERT INTO pluginStorageTotal
                    SELECT plugin, count(*), sum(length(CAST(key AS BLOB)) + length(value)) FROM pluginStorage GROUP BY plugin;
                """)
    }
}

extension Secrets {
    /// Seals the secrets of a copied database for its new owner. One that cannot be opened is left out.
    func reseal(_ database: Database, from source: TenantID, to target: TenantID) throws {
        let key = try key()
        for row in try Row.fetchAll(database, sql: "SELECT name, sealed FROM secret") {
            let (name, sealed): (String, Data) = (row["name"], row["sealed"])
            guard let value = try? key.open(Array(sealed), for: Self.place(name, source)) else {
                try database.execute(sql: "DELETE FROM secret WHERE name = ?", arguments: [name])
                continue
            }
            try database.execute(
                sql: "UPDATE secret SET sealed = ? WHERE name = ?",
                arguments: [Data(try key.seal(value, for: Self.place(name, target))), name])
        }
    }
}
