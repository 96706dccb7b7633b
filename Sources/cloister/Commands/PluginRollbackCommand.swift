import ArgumentParser
import Control
import Model

struct PluginRollbackCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Put an earlier version of a plugin in force again.",
        discussion: "The two versions before the one in force are kept, so no file is needed.")

    @OptionGroup var target: PluginOptions

    @Option(help: ArgumentHelp("The version; the last one before where none is named.", valueName: "version"))
    var to: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.pluginRollback(target.reference, version: to)) {
            try InstallationText.installed(PluginReport($0), width: width)
        }
    }
}
