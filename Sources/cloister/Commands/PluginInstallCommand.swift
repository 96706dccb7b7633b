import ArgumentParser
import Control
import Model

struct PluginInstallCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install a package for a tenant.",
        discussion: """
            The package is sent to the daemon, which checks it against its trust policy. The plugin is not called before it \
            is enabled; what it asks for it gets when somebody consents. Where an uninstalled version left data, a package \
            that nobody has signed who signed that version is refused. Exit statuses: 65 no valid package, 69 not for this \
            version of cloister, 73 installed already, 77 not signed by a trusted key or without consent, 78 its configuration.
            """)

    @OptionGroup var package: PackageOptions

    @Flag(help: "Also enable it.")
    var enable = false

    @Flag(help: "Give what an uninstalled version left to a package that nobody has signed who signed that version.")
    var acceptNewSigner = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let uploaded = try await package.upload(in: session)
        var wishes = uploaded.wishes
        wishes.enables = enable
        wishes.acceptsNewSigner = acceptNewSigner
        try await session.show(.pluginInstall(package.tenant, uploaded.handle, wishes)) {
            try InstallationText.installed(PluginReport($0), width: width)
        }
    }
}
