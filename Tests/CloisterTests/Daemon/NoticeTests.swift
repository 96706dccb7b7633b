import Control
import Model
import Store
import Tenancy
import Testing

@testable import cloister

/// Whoever looks after a tenant is told of what happened to it: from the deed to the inbox.
@Suite(.serialized, .timeLimit(.minutes(3))) struct NoticeTests {
    @Test func `an invitation, a restore and a version that waits for consent are told of`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            let owner = try await Self.owner(host)
            _ = try await host.send(.people(.invite(host.tenant, email: "eve@example.com", role: "member", days: nil)))
            _ = try await host.install(
                try host.packages.pack("1.0.0", more: Self.modest), PackageWishes(consents: true, enables: true))
            _ = try await host.update(
                try host.packages.pack("2.0.0", more: Self.modest + "\n  - {resource: events, actions: [emit]}"))
            let made = try BackupReport(try await host.send(.backup(.make(host.tenant))))
            _ = try await host.send(.backup(.restore(host.tenant, made.id, into: nil)))
            let inbox = try await host.send(.notification(.list(host.tenant, owner, unread: true, cursor: nil, limit: 100)))
            let notices = inbox["notifications"]?.array ?? []
            #expect(notices.first?["kind"] == "tenant.restored" && notices.first?["subject"]?.string == made.id.rawValue, "\(inbox)")
            let kinds = Set(notices.compactMap { $0["kind"]?.string })
            #expect(kinds.isSuperset(of: ["person.invited", "plugin.needs-consent", "tenant.restored"]), "\(inbox)")
            // Who was invited is not for everybody's inbox.
            #expect(!"\(inbox)".contains("eve@"))
        }
    }

    private static let modest = """
        permissions:
          - {resource: storage, actions: [read], essential: true, purpose: Remembers}
        """

    private static func owner(_ host: DaemonFixture) async throws -> PersonID {
        let invited = try await host.send(.people(.invite(host.tenant, email: "ada@example.com", role: "owner", days: nil)))
        let person = try await host.daemon.people.accept(
            invited["text"]?.string ?? "", name: "Ada", password: "seven quiet herons wade",
            from: Visitor(address: "192.0.2.1", agent: "test"))
        return person.id
    }
}
