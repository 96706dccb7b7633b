import ArgumentParser
import Control
import Model

struct PluginDisableCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Refuse calls of a plugin and end its children; it stays installed.")

    @OptionGroup var target: PluginOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.pluginDisable(target.reference)) {
            try InstallationText.installed(PluginReport($0), width: width)
        }
    }
}
