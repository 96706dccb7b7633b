import ArgumentParser
import Control
import Model

struct PluginConsentCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent", abstract: "Grant a plugin what it asks for.",
        discussion: """
            A version that waited for it is put in force. With --to or --digest the daemon refuses (exit status 73) where \
            another one is there by now. Single grants: cloister plugin permissions.
            """)

    @OptionGroup var target: PluginOptions
    @Option(help: ArgumentHelp("Consent to this version and no other.", valueName: "version"))
    var to: String?

    @Option(help: ArgumentHelp("Consent to this package and no other.", valueName: "digest"))
    var digest: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.pluginConsent(target.reference, version: to, digest: digest)) {
            try InstallationText.installed(PluginReport($0), width: width)
        }
    }
}
