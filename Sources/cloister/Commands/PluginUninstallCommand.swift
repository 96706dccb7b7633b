import ArgumentParser
import Control
import Model

struct PluginUninstallCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Take a plugin away from a tenant.",
        discussion: """
            What it keeps under /data stays for the day when it is installed again, unless --purge removes it. Grants and \
            configuration go either way.
            """)

    @OptionGroup var target: PluginOptions

    @Flag(help: "Also remove what the plugin keeps. Nothing of it can be brought back.")
    var purge = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let (target, purge) = (target, purge)
        try await session.show(.pluginUninstall(target.reference, purges: purge)) { _ in
            "uninstalled \(target.plugin) of \(target.tenant)" + (purge ? " with its data\n" : "; its data stays\n")
        }
    }
}
