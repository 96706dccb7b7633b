import Control
import Model
import Testing

@testable import cloister

@Suite(.timeLimit(.minutes(2)))
struct PeopleCommandTests {
    private static let acme = TenantID(unchecked: "acme")
    private static let ada = PersonID(unchecked: "person-1")
    private static let person = PersonReport(
        id: ada, tenant: acme, email: "ada@example.com", name: "Ada", role: "owner", created: "2026-01-01T00:00:00.000Z",
        lastLogin: nil, hasSecondFactor: true)
    private static let invitation = InvitationReport(
        id: InvitationID(unchecked: "invitation-1"), tenant: nil, email: "ada@example.com", role: "platform-owner",
        created: "2026-01-01T00:00:00.000Z", createdBy: "root", expires: "2026-01-08T00:00:00.000Z", text: "cloister_invitation_abc")
    private static let session = SessionReport(
        id: SessionID(unchecked: "session-1"), tenant: acme, person: ada, created: "2026-01-01T00:00:00.000Z",
        lastUsed: "2026-01-02T00:00:00.000Z", expires: "2026-01-08T00:00:00.000Z", address: "192.0.2.1", agent: "curl")

    @Test func `an invitation's text is shown whole, and the way on is said`() async throws {
        try await CommandFixture.with({ request, _ in
            #expect(request == .people(.invite(nil, email: "ada@example.com", role: "platform-owner", days: 3)))
            return .value(Self.invitation.json)
        }) { (fixture) async throws in
            let run = try await fixture.run("person", "invite", "ada@example.com", "--role", "platform-owner", "--days", "3")
            #expect(
                run.output == """
                    invitation  invitation-1
                    for         ada@example.com
                    role        platform-owner
                    tenant      (platform)
                    expires     2026-01-08T00:00:00.000Z

                    cloister_invitation_abc

                    Hand it on now: it is not shown again, and good once.

                    """)
        }
    }

    @Test func `persons, invitations and sessions are listed`() async throws {
        try await CommandFixture.with({ request, _ in
            switch request {
            case .people(.list(Self.acme, .whole)): .value(PersonReport.json([Self.person]))
            case .people(.invitations(nil, .whole)): .value(InvitationReport.json([]))
            case .people(.sessions(Self.acme, of: Self.ada, .whole)): .value(SessionReport.json([Self.session]))
            default: throw Problem(.unsupported, "not asked here")
            }
        }) { (fixture) async throws in
            let people = try await fixture.run("person", "list", "--tenant", "acme")
            #expect(
                people.output == """
                    PERSON    EMAIL            NAME  ROLE   CODE  LAST LOGIN
                    person-1  ada@example.com  Ada   owner  yes   never

                    """)
            let invitations = try await fixture.run("invitation", "list")
            #expect(invitations.output == "no open invitations\n")
            let sessions = try await fixture.run("session", "list", "--tenant", "acme", "--person", "person-1")
            #expect(
                sessions.output == """
                    SESSION    PERSON    LAST USED                 EXPIRES                   ADDRESS    WITH
                    session-1  person-1  2026-01-02T00:00:00.000Z  2026-01-08T00:00:00.000Z  192.0.2.1  curl

                    """)
        }
    }

    @Test func `what changes something says what it did`() async throws {
        try await CommandFixture.with({ request, _ in
            switch request {
            case .people(.role(Self.acme, Self.ada, role: "owner")), .people(.remove(Self.acme, Self.ada, revokesKeys: true)):
                .value(Self.person.json)
            case .people(.revokeInvitation(nil, Self.invitation.id)): .value(Self.invitation.json)
            case .people(.revokeSession(Self.acme, Self.session.id, of: nil)): .value(Self.session.json)
            default: throw Problem(.unsupported, "not asked here")
            }
        }) { (fixture) async throws in
            let lines = [
                (["person", "role", "person-1", "owner", "--tenant", "acme"], "person-1 is owner\n"),
                (["person", "remove", "person-1", "--tenant", "acme", "--keys"], "removed person-1\n"),
                (["invitation", "revoke", "invitation-1"], "revoked invitation-1\n"),
                (["session", "revoke", "session-1", "--tenant", "acme"], "revoked session-1\n"),
            ]
            for (words, output) in lines {
                let run = try await fixture.start(words).outcome
                #expect(run.output == output, "\(run.errors)")
            }
        }
    }
}
