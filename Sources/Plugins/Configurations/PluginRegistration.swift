package import Model
package import Store

/// A plugin that a tenant has, as its database remembers it: in a folder that somebody named, or installed from a package.
package struct PluginRegistration: Sendable, Hashable {
    package let plugin: PluginID
    /// Absolute and without symbolic links. A package's is its place on the shelf, which is found anew at each reading.
    package var folder: String
    /// The package in force; nil for a plugin that runs from a folder.
    package var digest: BlobDigest?
    /// As it was given; `Manifest.configuration(from:)` checks it and fills in the defaults of the manifest in force.
    /// May hold secrets.
    package var configuration: JSONValue
    /// When it was given, in milliseconds since 1970 (UTC): later with every change, whatever the clock says. 0 where that was
    /// before anybody wrote it down.
    package var configured: Int64 = 0
    /// Whether it may be called.
    package var isEnabled = true
    /// Whether updates are refused.
    package var isPinned = false
    /// Why it could not be enabled, as of the last try.
    package var problem: String?
    /// What became of the last update, where the version in force stayed.
    package var notice: String?
    /// It is being taken away, for good.
    package var isLeaving = false
    /// Milliseconds since 1970 (UTC).
    package var registered: Int64

    /// Throws `conflict` for a plugin that is not enabled.
    func checkCallable(for tenant: TenantID) throws(Problem) {
        guard !isLeaving else {
            throw Problem(
                .conflict, "plugin \(plugin) of tenant \(tenant) is being uninstalled",
                hint: "cloister plugin uninstall \(plugin) --tenant \(tenant) finishes it")
        }
        guard isEnabled else {
            throw Problem(
                .conflict, "plugin \(plugin) is not enabled for tenant \(tenant)",
                hint: "cloister plugin enable \(plugin) --tenant \(tenant)", cause: problem)
        }
    }

    /// Throws `conflict` for a plugin whose version somebody pinned.
    func checkUnpinned(for tenant: TenantID) throws(Problem) {
        guard isPinned else { return }
        throw Problem(
            .conflict, "plugin \(plugin) is pinned for tenant \(tenant)",
            hint: "cloister plugin pin \(plugin) --tenant \(tenant) --off")
    }

    package init(plugin: PluginID, folder: String, configuration: JSONValue, registered: Int64) {
        self.plugin = plugin
        self.folder = folder
        self.configuration = configuration
        self.registered = registered
    }
}
