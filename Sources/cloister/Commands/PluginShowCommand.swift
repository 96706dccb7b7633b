import ArgumentParser
import Control
import Model

struct PluginShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a plugin, its tools, its children and how the last one ended.")

    @OptionGroup var target: PluginOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.pluginShow(target.reference)) {
            try PluginText.details(PluginReport($0), width: width)
        }
    }
}
