import ArgumentParser
import Control
import Model

struct TenantListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the tenants with their quotas.")

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.tenantList()) { TenantText.table(try TenantReport.list($0), width: width) }
    }
}
