package import Model

/// A plugin that a tenant runs from a folder, as its database remembers it.
package struct PluginRegistration: Sendable, Hashable {
    package let plugin: PluginID
    /// Absolute and without symbolic links.
    package var folder: String
    /// As it was given; `Manifest.configuration(from:)` checks it and fills in the defaults of the manifest in force.
    /// May hold secrets.
    package var configuration: JSONValue
    /// Milliseconds since 1970 (UTC).
    package var registered: Int64

    package init(plugin: PluginID, folder: String, configuration: JSONValue, registered: Int64) {
        self.plugin = plugin
        self.folder = folder
        self.configuration = configuration
        self.registered = registered
    }
}
