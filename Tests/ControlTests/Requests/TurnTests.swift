import Model
import Testing

@testable import Control

struct TurnTests {
    private static let acme = TenantID(unchecked: "acme")
    private static let exif = PluginReference(tenant: acme, plugin: PluginID(unchecked: "exif"))

    @Test func `what changes the same thing has a turn in common, and what only reads has none`() throws {
        let exif = Self.exif
        let plugins: [ControlRequest] = [
            .pluginDisable(exif), .pluginEnable(exif), .pluginConfigure(exif, [:]), .pluginUninstall(exif, purges: false),
            .pluginUpdate(Self.acme, DocumentHandle(unchecked: "d-1"), PackageWishes()),
        ]
        #expect(plugins.allSatisfy { $0.turns == ["plugins acme"] })
        #expect(ControlRequest.pluginConfiguration(exif).turns.isEmpty && ControlRequest.pluginCall(.init(exif, tool: "x")).turns.isEmpty)
        // What must always be possible waits for nobody.
        #expect(ControlRequest.pluginStop(exif).turns.isEmpty)
        #expect(ControlRequest.plans(.choose(nil, Self.acme)).turns == ["tenant acme", "plans"])
        #expect(ControlRequest.plans(.delete(PlanID(unchecked: "basic"))).turns == ["plans"])
        #expect(ControlRequest.tenantDelete(Self.acme).turns == ["tenant acme"])
        #expect(ControlRequest.tenantQuota(Self.acme, QuotaChange()).turns.isEmpty)
        let role = ControlRequest.people(.role(Self.acme, PersonID(unchecked: "person-1"), role: "member"))
        #expect(role.turns == [ControlRequest.turn(ofPeopleOf: Self.acme)])
    }
}
