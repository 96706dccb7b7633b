import ArgumentParser
import Control
import Model

struct PluginConfigurationCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "configuration", abstract: "Show the configuration that a plugin was given, never its secrets.",
        discussion: """
            Each secret is shown as \(JSONSchema.concealed). What is shown can be changed and given back with configure; secrets that \
            stand there as they are shown stay as they were.
            """)

    @OptionGroup var target: PluginOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.pluginConfiguration(target.reference)) {
            session.output.showing(($0["configuration"] ?? [:]).prettyText) + "\n"
        }
    }
}
