import ArgumentParser
import Control
import Model

struct PluginCallCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Call a tool of a plugin and print its output, which is JSON.",
        discussion: "Starts a child where none runs. Ctrl-C cancels the call.")

    @Argument(help: "The plugin's id.", transform: PluginID.init(_:))
    var plugin: PluginID

    @Argument(help: "The tool's name.")
    var tool: String

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @OptionGroup var arguments: ToolArguments
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let reference = PluginReference(tenant: tenant, plugin: plugin)
        try session.output.printJSON(try await arguments.call(tool, of: reference, in: session))
    }
}
