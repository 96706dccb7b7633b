import ArgumentParser
import Control
import Model

/// Names one plugin of one tenant.
struct PluginOptions: ParsableArguments, Sendable {
    @Argument(help: "The plugin's id.", transform: PluginID.init(_:))
    var plugin: PluginID

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    var reference: PluginReference { PluginReference(tenant: tenant, plugin: plugin) }
}
