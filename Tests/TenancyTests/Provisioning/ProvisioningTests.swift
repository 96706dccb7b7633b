import GRDB
import Model
import Store
import Testing

@testable import Tenancy

/// What a directory does to persons of a tenant.
struct ProvisioningTests {
    private static let directory = Principal("key key-1", tenant: PeopleFixture.acme, scopes: [.peopleProvision])

    @Test func `a person from a directory is a member without a password, and logs in with none`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let made = try await Self.provision("ada@example.com", fixture)
            #expect(made.person.role == .member && made.person.isActive && made.profile.userName == "ada@example.com")
            for password in ["", PeopleFixture.password] {
                #expect(try await fixture.login("ada@example.com", password: password) == .refused)
            }
            #expect(try await fixture.people.provisioned(in: PeopleFixture.globex, .all).total == 0)
        }
    }

    @Test func `names and addresses are one person's, in whatever case`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await Self.provision("ada@example.com", fixture)
            for (name, email) in [("ADA@example.com", "b@example.com"), ("bob", "ada@example.com")] {
                let problem = await #expect(throws: Problem.self) { try await Self.provision(email, named: name, fixture) }
                #expect(problem?.code == .conflict)
            }
            let invited = await #expect(throws: Problem.self) {
                try await fixture.people.invite("ada@example.com", as: "admin", to: PeopleFixture.acme, by: PeopleFixture.root)
            }
            #expect(invited?.code == .conflict)
            #expect(try await fixture.people.provisioned(in: PeopleFixture.acme, .userName("ADA@EXAMPLE.COM")).total == 1)
        }
    }

    @Test func `who is put to rest is out at once, with sessions, keys and invitations, and comes back by logging in`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (store, people) = (fixture.store, fixture.people)
            _ = try await fixture.person("root@example.com", .owner)
            let admin = try await fixture.person("bob@example.com", .admin)
            let session = try await fixture.session("bob@example.com")
            _ = try await Keys(store).create(
                try KeyWish(name: "ci", tenant: PeopleFixture.acme, scopes: ["plugins:read"]), by: admin.principal)
            let (_, text) = try await people.invite("eve@example.com", as: "member", to: PeopleFixture.acme, by: admin.principal)
            var profile = try await people.provisioned(admin.id, in: PeopleFixture.acme).profile
            #expect(profile.displayName == "Somebody")
            profile.isActive = false
            let outcome = try await people.revise(admin.id, profile, in: PeopleFixture.acme, by: Self.directory)
            #expect(outcome.fallen.map(\.person.id) == [admin.id] && outcome.fallen.map(\.scopes) == [[]])
            #expect(try await !fixture.isOpen(session))
            #expect(try await Keys(store).list(tenant: PeopleFixture.acme).isEmpty)
            await #expect(throws: Problem.self) {
                try await people.accept(text.text, name: "Eve", password: PeopleFixture.password, from: PeopleFixture.visitor)
            }
            #expect(try await fixture.login("bob@example.com") == .refused)
            let resting = try await people.provisioned(admin.id, in: PeopleFixture.acme).person
            await #expect(throws: Problem.self) { try await people.open(for: resting, PeopleFixture.visitor) }
            profile.isActive = true
            _ = try await people.revise(admin.id, profile, in: PeopleFixture.acme, by: Self.directory)
            #expect(try await !fixture.isOpen(session))
            #expect(try await fixture.isOpen(try await fixture.session("bob@example.com")))
        }
    }

    @Test func `a directory touches no owner without the scope, and never the last one who is active`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let people = fixture.people
            let (ada, bob) = (try await fixture.person("ada@example.com", .owner), try await fixture.person("bob@example.com", .owner))
            let owners = Principal("key key-2", tenant: PeopleFixture.acme, scopes: [.peopleProvision, .ownersWrite])
            var profile = try await people.provisioned(ada.id, in: PeopleFixture.acme).profile
            profile.isActive = false
            let resting = profile
            let denied = await #expect(throws: Problem.self) {
                try await people.revise(ada.id, resting, in: PeopleFixture.acme, by: Self.directory)
            }
            #expect(denied?.code == .permissionDenied)
            await #expect(throws: Problem.self) { try await people.deprovision(ada.id, in: PeopleFixture.acme, by: Self.directory) }
            _ = try await people.revise(ada.id, resting, in: PeopleFixture.acme, by: owners)
            // The other one is at rest: it is no owner who could do anything.
            let last = await #expect(throws: Problem.self) { try await people.deprovision(bob.id, in: PeopleFixture.acme, by: owners) }
            #expect(last?.code == .conflict)
            let role = await #expect(throws: Problem.self) {
                try await people.setRole(of: bob.id, in: PeopleFixture.acme, to: "member", by: PeopleFixture.root)
            }
            #expect(role?.code == .conflict)
        }
    }

    @Test func `members of groups have the widest role that their groups carry, and owners stay owners`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let people = fixture.people
            let owner = try await fixture.person("root@example.com", .owner)
            let ada = try await Self.provision("ada@example.com", fixture).person
            func role() async throws -> Role { try await people.provisioned(ada.id, in: PeopleFixture.acme).person.role }
            var auditors = PersonGroup(id: .random(), name: "Auditors", role: .auditor, members: [ada.id, owner.id])
            _ = try await people.keep(auditors, isNew: true, in: PeopleFixture.acme)
            #expect(try await role() == .auditor)
            #expect(try await people.provisioned(owner.id, in: PeopleFixture.acme).person.role == .owner)
            let admins = PersonGroup(id: .random(), name: "Admins", role: .admin, members: [ada.id])
            _ = try await people.keep(admins, isNew: true, in: PeopleFixture.acme)
            #expect(try await role() == .admin)
            let outcome = try await people.removeGroup(admins.id, in: PeopleFixture.acme)
            #expect(outcome.fallen.map(\.person.id) == [ada.id] && outcome.fallen.first?.scopes == Role.auditor.scopes)
            #expect(try await role() == .auditor)
            auditors.members = [owner.id]
            _ = try await people.keep(auditors, isNew: false, in: PeopleFixture.acme)
            #expect(try await role() == .member)
            // Without a role a group changes nobody's.
            _ = try await people.setRole(of: ada.id, in: PeopleFixture.acme, to: "builder", by: PeopleFixture.root)
            _ = try await people.keep(
                PersonGroup(id: .random(), name: "Chess", members: [ada.id]), isNew: true, in: PeopleFixture.acme)
            #expect(try await role() == .builder)
            let stranger = PersonGroup(id: .random(), name: "Strangers", members: [PersonID(unchecked: "person-none")])
            await #expect(throws: Problem.self) { try await people.keep(stranger, isNew: true, in: PeopleFixture.acme) }
            #expect(try await people.groups(in: PeopleFixture.acme).map(\.name).sorted() == ["Auditors", "Chess"])
        }
    }

    @Test func `no group carries an owner's role`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let owners = PersonGroup(id: .random(), name: "Owners", role: .owner)
            await #expect(throws: Problem.self) { try await fixture.people.keep(owners, isNew: true, in: PeopleFixture.acme) }
            #expect(PersonGroup.role(called: "Owner") == nil && PersonGroup.role(called: "Admin") == .admin)
            #expect(Set(PersonGroup.roles) == Set(Role.allCases.filter { !$0.isOfPlatform && !$0.isOwner }))
            // Whoever may hand out the scope may hand out each of these roles anyway.
            for role in Scope.peopleProvision.roles {
                #expect(PersonGroup.roles.allSatisfy { $0.scopes.isSubset(of: role.scopes) }, "\(role)")
            }
        }
    }

    @discardableResult
    private static func provision(
        _ email: String, named name: String? = nil, _ fixture: PeopleFixture
    ) async throws(Problem) -> ProvisionedPerson {
        try await fixture.people.provision(
            .random(), PersonProfile(userName: name ?? email, email: try EmailAddress(email)), in: PeopleFixture.acme)
    }
}
