import ArgumentParser
import Control
import Model

struct PluginUpdateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Put a newer package of a plugin in force.",
        discussion: """
            An instance of the new version must come up before the old one goes; where it does not, the old one stays. \
            Permissions stay as they were granted. Where the new version is of no use without more, or runs under another \
            sandbox profile, it waits for `cloister plugin consent`. A package that nobody has signed who signed the version \
            in force is refused. Exit statuses as for install; 1 where the new version does not come up.
            """)

    @OptionGroup var package: PackageOptions
    @Flag(help: "Take a package that nobody has signed who signed the version in force.")
    var acceptNewSigner = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        var (handle, wishes) = try await package.upload(in: session)
        wishes.acceptsNewSigner = acceptNewSigner
        try await session.show(.pluginUpdate(package.tenant, handle, wishes)) {
            try InstallationText.installed(PluginReport($0), width: width)
        }
    }
}
