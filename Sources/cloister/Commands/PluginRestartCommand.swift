import ArgumentParser
import Control
import Model

struct PluginRestartCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Stop a plugin's children and start it anew.",
        discussion: "Also brings back a plugin that was set aside after repeated failure.")

    @OptionGroup var target: PluginOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.pluginRestart(target.reference)) { try PluginText.started(PluginReport($0), width: width) }
    }
}
