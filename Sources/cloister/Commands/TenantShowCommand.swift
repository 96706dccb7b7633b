import ArgumentParser
import Control
import Model

struct TenantShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a tenant, its quota and what it uses.")

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.tenantShow(id)) { try TenantText.details(TenantReport($0), width: width) }
    }
}
