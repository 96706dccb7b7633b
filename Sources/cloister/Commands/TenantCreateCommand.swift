import ArgumentParser
import Control
import Model

struct TenantCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a tenant.",
        discussion: "What no option sets comes from the key default-quota of the daemon's configuration.")

    @Argument(help: "Lower-case letters, digits and inner hyphens.", transform: TenantID.init(_:))
    var id: TenantID

    @Option(help: ArgumentHelp("What people call the tenant.", valueName: "text"))
    var name: String?

    @OptionGroup(title: "Quota") var quota: QuotaOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.tenantCreate(id, name: name, quota.change)) { try TenantText.details(TenantReport($0), width: width) }
    }
}
