import Model
import Plugins
import Workflows

/// The tools of a tenant's plugins, as far as they are known without starting one.
struct InstalledTools: ToolDirectory {
    let host: PluginHost

    func tools(of tenant: TenantID) async throws(Problem) -> [PluginID: [String]?] {
        var tools: [PluginID: [String]?] = [:]
        for plugin in try await host.list(tenant: tenant) {
            // An MCP server tells its tools once it runs.
            tools.updateValue(plugin.tools.isEmpty ? nil : plugin.tools.map(\.name), forKey: plugin.id)
        }
        return tools
    }
}
