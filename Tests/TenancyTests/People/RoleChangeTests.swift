import GRDB
import Model
import Store
import Testing

@testable import Tenancy

struct RoleChangeTests {
    @Test func `another role ends the sessions that were opened with the one before`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let person = try await fixture.person("ada@example.com", .builder)
            let (session, other) = (try await fixture.session("ada@example.com"), try await fixture.person("bob@example.com", .member))
            let bystander = try await fixture.session("bob@example.com")
            let changed = try await fixture.people.setRole(of: person.id, in: PeopleFixture.acme, to: "auditor", by: PeopleFixture.root)
            #expect(changed.role == .auditor)
            #expect(try await !fixture.isOpen(session))
            #expect(try await fixture.isOpen(bystander))
            let again = try await fixture.session("ada@example.com")
            #expect(again.person.principal.scopes == Role.auditor.scopes)
            #expect(again.text != session.text && other.id != person.id)
        }
    }

    @Test func `a session that a crash kept opens nothing after the role has changed`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let person = try await fixture.person("ada@example.com", .owner)
            _ = try await fixture.person("eva@example.com", .owner)
            let session = try await fixture.session("ada@example.com")
            _ = try await fixture.people.setRole(of: person.id, in: PeopleFixture.acme, to: "member", by: PeopleFixture.root)
            try await fixture.store.writeRegistry { try session.session.insert(digest: session.text.digest, into: $0) }
            #expect(try await !fixture.isOpen(session))
        }
    }

    @Test func `keys that open more than the new role go with the role, also after a crash`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let person = try await fixture.person("ada@example.com", .admin)
            let keys = try await Keys(fixture.store)
            let (wide, narrow) = (try await keys.create(
                KeyWish(name: "wide", tenant: PeopleFixture.acme, scopes: ["keys:write"]), by: person.principal),
                try await keys.create(
                    KeyWish(name: "narrow", tenant: PeopleFixture.acme, scopes: ["plugins:read"]), by: person.principal))
            // Killed between the two databases: the one has the new role, the other does not know of it.
            let fall = PersonFall(person, keysWithin: Role.member.scopes)
            try await fixture.store.tenant(PeopleFixture.acme).write { database in
                try database.execute(sql: "UPDATE person SET role = 'member' WHERE id = ?", arguments: [person.id.rawValue])
                try Outbox.post(PersonFall.kind, fall.json, in: database)
            }
            try await fixture.store.writeRegistry { try $0.execute(sql: "INSERT INTO outboxPending (tenant) VALUES ('acme')") }
            #expect(try await Outbox(fixture.store, readers: People.outboxReaders).deliverLeft().isEmpty)
            let next = try await Keys(fixture.store)
            #expect(next.authenticate(wide.text.text) == nil)
            #expect(next.authenticate(narrow.text.text) != nil)
            let changed = try await fixture.people.remove(
                person.id, from: PeopleFixture.acme, revokingKeys: true, by: PeopleFixture.root)
            next.drop(madeBy: changed, beyond: [])
            #expect(next.authenticate(narrow.text.text) == nil)
            #expect(try await Keys(fixture.store).list(tenant: nil).isEmpty)
        }
    }

    @Test func `the last owner stays owner`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let owner = try await fixture.person("ada@example.com", .owner)
            let session = try await fixture.session("ada@example.com")
            for principal in [PeopleFixture.root, owner.principal] {
                let demotion = await #expect(throws: Problem.self) {
                    try await fixture.people.setRole(of: owner.id, in: PeopleFixture.acme, to: "admin", by: principal)
                }
                #expect(demotion?.code == .conflict)
                let removal = await #expect(throws: Problem.self) {
                    try await fixture.people.remove(owner.id, from: PeopleFixture.acme, by: principal)
                }
                #expect(removal?.code == .conflict)
            }
            #expect(try await fixture.isOpen(session))
            let second = try await fixture.person("eva@example.com", .owner)
            _ = try await fixture.people.remove(owner.id, from: PeopleFixture.acme, by: second.principal)
            #expect(try await !fixture.isOpen(session))
        }
    }

    @Test func `an admin takes nothing from an owner, and finds nobody of another tenant`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (first, _) = (try await fixture.person("ada@example.com", .owner), try await fixture.person("eva@example.com", .owner))
            let admin = try await fixture.person("admin@example.com", .admin)
            let stranger = try await fixture.person("x@example.com", .member, in: PeopleFixture.globex)
            for (id, tenant) in [(first.id, PeopleFixture.acme), (stranger.id, PeopleFixture.acme), (stranger.id, PeopleFixture.globex)] {
                await #expect(throws: Problem.self) { try await fixture.people.remove(id, from: tenant, by: admin.principal) }
                await #expect(throws: Problem.self) {
                    try await fixture.people.setRole(of: id, in: tenant, to: "member", by: admin.principal)
                }
            }
            await #expect(throws: Problem.self) {
                try await fixture.people.setRole(of: admin.id, in: PeopleFixture.acme, to: "owner", by: admin.principal)
            }
        }
    }

    @Test func `a tenant's sessions and invitations go with it`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            let session = try await fixture.session("ada@example.com")
            _ = try await fixture.people.invite("b@example.com", as: "member", to: PeopleFixture.acme, by: PeopleFixture.root)
            try await fixture.store.deleteTenant(PeopleFixture.acme)
            #expect(try await !fixture.isOpen(session))
            _ = try await fixture.store.createTenant(PeopleFixture.acme)
            #expect(try await !fixture.isOpen(session))
            let (people, invitations) = (
                try await fixture.people.list(in: PeopleFixture.acme), try await fixture.people.invitations(to: PeopleFixture.acme)
            )
            #expect(people.isEmpty && invitations.isEmpty)
        }
    }
}
