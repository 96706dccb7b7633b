import ArgumentParser
import Control
import Model

struct PluginPermissionsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "permissions", abstract: "Show what a plugin asks for, was granted and used; change its grants.",
        discussion: """
            A change holds at once, also for children that run. --grant gives what the manifest asks for, never more. \
            A RESOURCE may be followed by actions: storage, or documents:read,create.
            """)

    @OptionGroup var target: PluginOptions

    @Flag(help: "Take away what was never used.")
    var shrink = false

    @Option(help: ArgumentHelp("Grant a resource as the manifest asks for it.", valueName: "resource"))
    var grant: [String] = []

    @Option(help: ArgumentHelp("Take a resource away.", valueName: "resource"))
    var revoke: [String] = []

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let request = GrantRequest(shrink: shrink, grant: grant, revoke: revoke)
        try await session.show(.pluginPermissions(target.reference, request)) {
            try PermissionText.details(PermissionReport($0), width: width)
        }
    }
}
