import ArgumentParser
import Control
import Model

struct PluginConfigureCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "configure", abstract: "Give a plugin another configuration.",
        discussion: "An enabled plugin must come up with it, or keeps the one it has.")

    @OptionGroup var target: PluginOptions

    @Argument(
        help: "The configuration's file, YAML or JSON.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let configuration = try YAMLNode.load(file: file).value
        try await session.show(.pluginConfigure(target.reference, configuration)) {
            try InstallationText.installed(PluginReport($0), width: width)
        }
    }
}
