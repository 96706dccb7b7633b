import ArgumentParser
import Control
import Model

struct PluginEnableCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Allow calls of an installed plugin, once an instance of it has come up.",
        discussion: "Exit statuses: 1 it does not come up, 77 consent is missing, 78 its configuration.")

    @OptionGroup var target: PluginOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.pluginEnable(target.reference)) {
            try InstallationText.installed(PluginReport($0), width: width)
        }
    }
}
