import GRDB
import Glibc
package import Model
package import Store

extension PluginRegistration {
    /// What the tenants' databases need for registrations and packages.
    package static let steps = ownSteps + LifecycleJournal.steps

    package static let configuredSteps = [
        MigrationStep("plugins 11 when they were configured") { database in
            try database.execute(sql: "ALTER TABLE pluginRegistration ADD COLUMN configured INTEGER NOT NULL DEFAULT 0")
        }
    ]

    /// When the configuration that `configured` is of came, in an update that puts another one in its place: `other` is the other
    /// one in SQL, `now` the moment.
    static func configured(_ other: String, _ now: String) -> String {
        "CASE WHEN configuration = \(other) THEN configured ELSE max(configured + 1, \(now)) END"
    }

    private static let ownSteps = [
        MigrationStep("plugins 1 registrations") { database in
            try database.execute(
                sql: """
                    CREATE TABLE pluginRegistration (
                        plugin TEXT PRIMARY KEY NOT NULL,
                        folder TEXT NOT NULL,
                        configuration TEXT NOT NULL,
                        registered INTEGER NOT NULL
                    ) STRICT
                    """)
        }
    ]

    /// Registers the plugin of a folder in place of the one that had its name, with a configuration that its manifest
    /// accepts; nil keeps the configuration it had, as far as there was one.
    package static func register(
        _ folder: PluginFolder, _ configuration: JSONValue?, in store: TenantStore
    ) async throws(Problem) -> PluginRegistration {
        let plugin = folder.manifest.id
        if let other = try await stored(plugin, in: store), other.digest != nil || other.isLeaving {
            throw Problem(
                .conflict, "plugin \(plugin) of tenant \(store.id) is installed from a package",
                hint: "give the folder's plugin another id, or first: cloister plugin uninstall \(plugin) --tenant \(store.id)")
        }
        let known = configuration == nil ? try await stored(plugin, in: store)?.configuration : nil
        let registration = PluginRegistration(
            plugin: plugin, folder: folder.path, configuration: configuration ?? known ?? .object([:]), registered: Moment.now)
        _ = try folder.manifest.configuration(from: registration.configuration)
        try await store.write { database in
            try database.execute(
                sql: """
                    INSERT INTO pluginRegistration (plugin, folder, configuration, registered, configured) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (plugin) DO UPDATE SET folder = excluded.folder, configuration = excluded.configuration,
                        registered = excluded.registered, configured = \(configured("excluded.configuration", "excluded.configured"))
                    """,
                arguments: [
                    plugin.rawValue, registration.folder, registration.configuration.compactText,
                    registration.registered, registration.registered,
                ])
        }
        return try await find(plugin, in: store)
    }

    /// All plugins of a tenant, by identifier.
    package static func all(in store: TenantStore) async throws(Problem) -> [PluginRegistration] {
        try await page(in: store, limit: nil).elements
    }

    /// The same, as many as `limit`; those behind `cursor`, which is `next` of the page before. Throws `invalidInput` for any
    /// other text.
    static func page(
        in store: TenantStore, after cursor: String? = nil, limit: Int?
    ) async throws(Problem) -> KeysetPage<PluginRegistration> {
        if let cursor, PluginID(rawValue: cursor) == nil { throw .notACursor }
        let packages = store.packagesPath
        let found = try await store.read { database in
            try Row.fetchAll(
                database, sql: "\(selection) WHERE plugin > ? ORDER BY plugin LIMIT ?",
                // No name is empty.
                arguments: [cursor ?? "", KeysetPage<PluginRegistration>.reads(limit)]
            ).map { try PluginRegistration($0, packages: packages) }
        }
        return KeysetPage(found, limit: limit) { $0.plugin.rawValue }
    }

    /// One of them, or `notFound` with the one that was probably meant.
    package static func find(_ plugin: PluginID, in store: TenantStore) async throws(Problem) -> PluginRegistration {
        if let registration = try await stored(plugin, in: store) { return registration }
        let names = try await all(in: store).map(\.plugin.rawValue)
        throw Problem(
            .notFound, "plugin not found: \(plugin)",
            hint: names.nearest(to: plugin.rawValue).map { "did you mean \($0)?" }
                ?? "`cloister plugin list --tenant \(store.id)` shows what there is")
    }

    /// Forgets a plugin; also done where none is.
    package static func remove(_ plugin: PluginID, in store: TenantStore) async throws(Problem) {
        try await store.write { database in
            try database.execute(
                sql: "DELETE FROM pluginRegistration WHERE plugin = ?", arguments: [plugin.rawValue])
        }
    }

    /// The tables of which readings may be kept.
    package static let keptTables: Set<String> = ["pluginRegistration", "pluginIntent", "pluginRelease"]

    /// All plugins of a tenant by identifier, without their configurations, and the version in force of each that came as a
    /// package.
    static func standings(packages: String) -> KeptReading<[(registration: PluginRegistration, version: String?)]> {
        KeptReading("plugins", of: keptTables) { database in
            let versions = try Row.fetchAll(database, sql: "SELECT plugin, version FROM pluginRelease WHERE role = 'current'")
                .reduce(into: [String: String]()) { versions, row in versions[row["plugin"] as String] = row["version"] }
            return try Row.fetchAll(database, sql: "\(selection) ORDER BY plugin").map { row in
                var registration = try PluginRegistration(row, packages: packages)
                registration.configuration = .object([:])
                return (registration, versions[registration.plugin.rawValue])
            }
        }
    }

    private static let selection = """
        SELECT *, EXISTS (
            SELECT 1 FROM pluginIntent AS intent
            WHERE intent.plugin = pluginRegistration.plugin AND intent.operation = 'uninstall') AS leaving
        FROM pluginRegistration
        """

    /// The registration of a plugin, if there is one.
    static func stored(_ plugin: PluginID, in store: TenantStore) async throws(Problem) -> PluginRegistration? {
        let packages = store.packagesPath
        return try await store.read { database in
            try Row.fetchOne(database, sql: "\(selection) WHERE plugin = ?", arguments: [plugin.rawValue])
                .map { try PluginRegistration($0, packages: packages) }
        }
    }

    private init(_ row: Row, packages: String) throws(Problem) {
        guard let plugin = PluginID(rawValue: row["plugin"]) else {
            throw Problem(.internalFault, "the tenant's database holds a plugin that none can be")
        }
        let configuration: String = row["configuration"]
        self.init(
            plugin: plugin, folder: row["folder"],
            configuration: try JSONValue.parse(configuration, as: "stored configuration of \(plugin)"),
            registered: row["registered"])
        configured = row["configured"]
        if let text: String = row["digest"] {
            guard let digest = BlobDigest(text) else {
                throw Problem(.internalFault, "the tenant's database holds a package that none can be")
            }
            self.digest = digest
            folder = "\(packages)/\(digest.hexadecimal)"
        }
        isEnabled = row["enabled"]
        isPinned = row["pinned"]
        problem = row["problem"]
        notice = row["notice"]
        isLeaving = row["leaving"]
    }
}
