import ArgumentParser
import Control
import Model

struct TenantQuotaCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota", abstract: "Change a tenant's quota; without options, show it.",
        discussion: "A change holds for running children at once.")

    @Argument(help: "The tenant.", transform: TenantID.init(_:))
    var id: TenantID

    @OptionGroup(title: "Quota") var quota: QuotaOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.tenantQuota(id, quota.change)) { try TenantText.details(TenantReport($0), width: width) }
    }
}
