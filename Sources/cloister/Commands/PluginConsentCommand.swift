import ArgumentParser
import Control
import Model

struct PluginConsentCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent", abstract: "Grant a plugin what it asks for.",
        discussion: "A version that waited for it is put in force. Single grants: cloister plugin permissions.")

    @OptionGroup var target: PluginOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.pluginConsent(target.reference)) {
            try InstallationText.installed(PluginReport($0), width: width)
        }
    }
}
