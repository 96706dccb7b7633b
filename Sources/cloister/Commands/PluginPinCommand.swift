import ArgumentParser
import Control
import Model

struct PluginPinCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Refuse updates of a plugin.")

    @OptionGroup var target: PluginOptions

    @Flag(help: "Allow updates again.")
    var off = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.pluginPin(target.reference, !off)) {
            try InstallationText.installed(PluginReport($0), width: width)
        }
    }
}
