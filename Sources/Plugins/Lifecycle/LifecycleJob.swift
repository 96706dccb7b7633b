import Model
import Store

/// Everything that the effects of one operation need to know.
struct LifecycleJob: Sendable {
    let store: TenantStore
    let plugin: PluginID
    let operation: LifecycleOperation
    /// The package that is put in force, where it may not be on the shelf yet.
    var package: PackageFile?
    /// The manifest and the configuration that the target gets.
    var manifest: Manifest?
    var configuration: JSONValue = [:]
    var signers: [String] = []
    /// What somebody consented to along with the operation.
    var grant: Grant?
    /// Whether the plugin is enabled, so that the new version has to prove itself before it takes over.
    var isRunning = false

    init(_ operation: LifecycleOperation, of plugin: PluginID, in store: TenantStore) {
        self.operation = operation
        self.plugin = plugin
        self.store = store
    }
}
