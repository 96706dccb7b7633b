import ArgumentParser
import Control
import Model

struct PluginListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the plugins of all tenants, or of one.")

    @Option(help: ArgumentHelp("Only this tenant's.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.pluginList(tenant)) { PluginText.table(try PluginReport.list($0), width: width) }
    }
}
