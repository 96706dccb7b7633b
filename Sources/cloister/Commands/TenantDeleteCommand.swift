import ArgumentParser
import Control
import Model

struct TenantDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a tenant with its plugins, documents and data.")

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @Flag(help: "Needed, because nothing of the tenant can be brought back.")
    var yes = false

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard yes else {
            throw ValidationError("deleting \(id) removes its plugins, documents and data for good; add --yes to do it")
        }
    }

    func execute(_ session: ClientSession) async throws {
        try await session.show(.tenantDelete(id)) { _ in "deleted tenant \(id)\n" }
    }
}
