import GRDB
import Model
import Store
import Synchronization
import Testing

@testable import Tenancy

/// Roles by the groups of a provider and of a directory, on a real store.
struct GroupRolesTests {
    private static let acme = PeopleFixture.acme
    private static let table = [("Cloister admins", "admin"), ("Builders", "builder"), ("0f2c-77", "auditor")]

    private static func enter(
        _ scene: SignInTests.Scene, _ groups: JSONValue?, moved: (RoleMove) async -> Void = { _ in }
    ) async throws -> OpenSession {
        guard case .welcome(let session) = try await scene.login(moved: moved, ["groups": groups]) else {
            throw Problem(.internalFault, "no welcome")
        }
        return session
    }

    private static func role(_ scene: SignInTests.Scene, _ person: PersonID) async throws -> Role? {
        try await scene.fixture.people.list(in: acme).first { $0.id == person }?.role
    }

    private static let logins: [(JSONValue?, Role)] = [
        (["Cloister admins"], .admin), (["Builders", "Cloister admins", "Others"], .admin), ("Builders", .builder),
        (["0f2c-77"], .auditor), (["builders"], .member), (["Others"], .member), ([], .member), (nil, .member),
        (["platform-owner", "owner", "admin"], .member),
    ]

    @Test(arguments: logins)
    func `a login gives the widest role that the groups open, and that of a member where they open none`(
        groups: JSONValue?, role: Role
    ) async throws {
        try await SignInTests.with { (scene) async throws in
            try await scene.set(groups: Self.table)
            let ada = try await scene.fixture.person("ada@example.com", .billing)
            let moves = Mutex<[RoleMove]>([])
            let session = try await Self.enter(scene, groups) { move in moves.withLock { $0.append(move) } }
            #expect(session.person.id == ada.id && session.person.role == role)
            #expect(try await Self.role(scene, ada.id) == role)
            #expect(moves.withLock { $0.map(\.role) } == [role] && moves.withLock { $0.map(\.person.role) } == [.billing])
            // The same once more moves nobody, and ends no session.
            _ = try await Self.enter(scene, groups) { _ in Issue.record("moved") }
            #expect(try await scene.fixture.isOpen(session))
        }
    }

    @Test func `another membership is another role at the next login, and ends what was open`() async throws {
        try await SignInTests.with { (scene) async throws in
            try await scene.set(groups: Self.table)
            let ada = try await scene.fixture.person("ada@example.com", .member)
            let first = try await Self.enter(scene, ["Cloister admins"])
            #expect(first.person.role == .admin)
            let second = try await Self.enter(scene, ["Builders"])
            #expect(second.person.role == .builder)
            let (isFirstOpen, isSecondOpen) = (try await scene.fixture.isOpen(first), try await scene.fixture.isOpen(second))
            #expect(!isFirstOpen && isSecondOpen)
            #expect(try await Self.role(scene, ada.id) == .builder)
        }
    }

    @Test func `without a table all stays as it is, whatever a token says`() async throws {
        try await SignInTests.with { (scene) async throws in
            try await scene.set(role: "member")
            _ = try await scene.fixture.person("ada@example.com", .auditor)
            for said: JSONValue in [["Cloister admins", "admin"], 7, [7]] {
                #expect(try await Self.enter(scene, said).person.role == .auditor)
            }
        }
    }

    @Test func `owners stay owners, in whatever groups they are`() async throws {
        try await SignInTests.with { (scene) async throws in
            try await scene.set(groups: Self.table)
            let ada = try await scene.fixture.person("ada@example.com", .owner)
            for said: JSONValue in [["Builders"], [], 7] { #expect(try await Self.enter(scene, said).person.role == .owner) }
            #expect(try await Self.role(scene, ada.id) == .owner)
        }
    }

    @Test func `a group lets new people in, and they have what new people get where no group opens anything`() async throws {
        try await SignInTests.with { (scene) async throws in
            try await scene.set(groups: Self.table)
            #expect(await scene.refusal(["groups": ["Others"]])?.message == "nobody here has this e-mail address")
            #expect(try await Self.enter(scene, ["Builders"]).person.role == .builder)
            try await scene.set(role: "billing", groups: Self.table)
            #expect(try await Self.enter(scene, ["Others"]).person.role == .billing)
            guard case .welcome(let bob) = try await scene.login(["sub": "subject-2", "email": "bob@example.com"]) else {
                throw Problem(.internalFault, "no welcome")
            }
            #expect(bob.person.role == .billing)
        }
    }

    @Test func `who knows not which groups somebody is in lets nobody in`() async throws {
        try await SignInTests.with { (scene) async throws in
            try await scene.set(groups: Self.table, claim: "https://example.com/teams")
            let ada = try await scene.fixture.person("ada@example.com", .admin)
            for said: JSONValue in [7, [["name": "x"]], ["a", 7], true, .array((0...2000).map { .string("g\($0)") })] {
                let refusal = await scene.refusal(["https://example.com/teams": said])
                #expect(refusal?.code == .permissionDenied && refusal?.message.contains("no list of groups") == true, "\(said)")
            }
            let many = await scene.refusal(["_claim_names": ["https://example.com/teams": "src1"]])
            #expect(many?.message == "the provider's ID token leaves out the groups")
            #expect(try await Self.role(scene, ada.id) == .admin)
            guard case .welcome(let session) = try await scene.login(["https://example.com/teams": ["Builders"], "groups": ["Cloister admins"]])
            else { throw Problem(.internalFault, "no welcome") }
            #expect(session.person.role == .builder)
        }
    }

    @Test func `a provider is asked for its scope of groups where it has one, and where groups matter`() async throws {
        try await SignInTests.with { (scene) async throws in
            func asksForGroups() async throws -> Bool {
                try await scene.signIn.begin(Self.acme, redirect: "https://acme.example/back", from: PeopleFixture.visitor)
                    .address.contains("&scope=openid%20email%20profile%20groups&")
            }
            try await scene.set(groups: Self.table)
            #expect(try await !asksForGroups())
            scene.provider.state.withLock { $0.scopes = ["openid", "groups"] }
            try await scene.set(groups: Self.table)
            #expect(try await asksForGroups())
            try await scene.set()
            #expect(try await !asksForGroups())
        }
    }

    @Test(arguments: [
        ("owner", "/groups/0/role: no group opens it"), ("platform-owner", "/groups/0/role: no group opens it"),
        ("platform-support", "/groups/0/role: no group opens it"), ("", "/groups/0/role: no group opens it"),
    ])
    func `nothing opens an owner's role, or one of the platform`(role: String, message: String) async throws {
        try await SignInTests.with { (scene) async throws in
            await #expect { try await scene.set(groups: [("Everybody", role)]) } throws: { error in
                (error as? Problem)?.code == .invalidInput && (error as? Problem)?.message.hasPrefix(message) == true
            }
            await #expect(throws: Problem.self) { try await scene.set(groups: [("A", "admin"), ("A", "builder")]) }
            await #expect(throws: Problem.self) { try await scene.set(groups: [(" ", "admin")]) }
            await #expect(throws: Problem.self) { try await scene.set(groups: (0...200).map { ("g\($0)", "member") }) }
            // What lies in the database nevertheless opens nothing either.
            try await scene.set(groups: [("Everybody", "builder")])
            try await scene.fixture.store.tenant(Self.acme).write { database in
                try database.execute(sql: "UPDATE identityProvider SET groupRoles = replace(groupRoles, 'builder', 'owner')")
            }
            #expect(try await scene.signIn.provider(of: Self.acme)?.groups.isEmpty == true)
        }
    }

    @Test func `nobody opens by a table what they may not do themselves`() async throws {
        try await SignInTests.with { (scene) async throws in
            let builder = Principal("key", tenant: Self.acme, scopes: Role.builder.scopes.union([.peopleWrite]))
            await #expect { try await scene.set(groups: [("Everybody", "admin")], by: builder) } throws: { error in
                (error as? Problem)?.code == .permissionDenied
            }
            try await scene.set(groups: [("Everybody", "builder")], by: builder)
            // And takes nobody a role by one.
            let people = scene.fixture.people
            let ada = try await scene.fixture.person("ada@example.com", .member)
            try await scene.set(groups: [("Staff", "admin")])
            _ = try await people.keep(PersonGroup(id: .random(), name: "Staff", members: [ada.id]), isNew: true, in: Self.acme)
            await #expect { try await scene.set(groups: [("Staff", "member")], by: builder) } throws: { error in
                (error as? Problem)?.code == .permissionDenied
            }
            #expect(try await Self.role(scene, ada.id) == .admin)
        }
    }

    @Test func `groups of the directory open at once what the table says of their name or their outer id`() async throws {
        try await SignInTests.with { (scene) async throws in
            let people = scene.fixture.people
            let ada = try await scene.fixture.person("ada@example.com", .member)
            try await scene.set(groups: Self.table)
            var group = PersonGroup(id: .random(), name: "Builders", members: [ada.id])
            _ = try await people.keep(group, isNew: true, in: Self.acme)
            #expect(try await Self.role(scene, ada.id) == .builder)
            // The table comes before what the group carries.
            group.role = .billing
            _ = try await people.keep(group, isNew: false, in: Self.acme)
            #expect(try await Self.role(scene, ada.id) == .builder)
            group.name = "Makers"
            _ = try await people.keep(group, isNew: false, in: Self.acme)
            #expect(try await Self.role(scene, ada.id) == .billing)
            group.externalID = "0f2c-77"
            _ = try await people.keep(group, isNew: false, in: Self.acme)
            #expect(try await Self.role(scene, ada.id) == .auditor)
            group.members = []
            _ = try await people.keep(group, isNew: false, in: Self.acme)
            #expect(try await Self.role(scene, ada.id) == .member)
            // A group that goes takes along what it opened.
            group.members = [ada.id]
            let kept = try await people.keep(group, isNew: false, in: Self.acme)
            #expect(kept.fallen.map(\.person.id) == [ada.id])
            let session = try await scene.fixture.session("ada@example.com")
            let removed = try await people.removeGroup(group.id, in: Self.acme)
            let isOpen = try await scene.fixture.isOpen(session)
            #expect(removed.fallen.map(\.scopes) == [Role.member.scopes] && !isOpen)
        }
    }

    @Test func `another table settles whom the directory has, and nobody else`() async throws {
        try await SignInTests.with { (scene) async throws in
            let people = scene.fixture.people
            let (ada, bob, owner) = (
                try await scene.fixture.person("ada@example.com", .member), try await scene.fixture.person("bob@example.com", .auditor),
                try await scene.fixture.person("olga@example.com", .owner)
            )
            _ = try await people.keep(PersonGroup(id: .random(), name: "Builders", members: [ada.id, owner.id]), isNew: true, in: Self.acme)
            _ = try await people.keep(PersonGroup(id: .random(), name: "Others", members: [bob.id]), isNew: true, in: Self.acme)
            #expect(try await Self.role(scene, ada.id) == .member)
            #expect(try await scene.set(groups: Self.table).fallen.map(\.person.id) == [ada.id])
            #expect(try await Self.role(scene, ada.id) == .builder)
            #expect(try await scene.set(groups: [("Builders", "admin")]).fallen.count == 1)
            #expect(try await Self.role(scene, ada.id) == .admin)
            let outcome = try await scene.signIn.removeProvider(of: Self.acme, by: PeopleFixture.root)
            #expect(outcome.fallen.map(\.scopes) == [Role.member.scopes])
            let roles = (
                try await Self.role(scene, ada.id), try await Self.role(scene, bob.id), try await Self.role(scene, owner.id)
            )
            #expect(roles.0 == .member && roles.1 == .auditor && roles.2 == .owner)
        }
    }

    @Test func `a login counts the groups of the directory, too`() async throws {
        try await SignInTests.with { (scene) async throws in
            let ada = try await scene.fixture.person("ada@example.com", .member)
            try await scene.set(groups: Self.table)
            _ = try await scene.fixture.people.keep(
                PersonGroup(id: .random(), name: "Cloister admins", members: [ada.id]), isNew: true, in: Self.acme)
            #expect(try await Self.enter(scene, ["Builders"]).person.role == .admin)
        }
    }

    @Test func `a provider lets nobody in as more than whoever chose it, by a group either`() async throws {
        try await SignInTests.with { (scene) async throws in
            let ada = try await scene.fixture.person("ada@example.com", .admin)
            let builder = Principal("key", tenant: Self.acme, scopes: Role.builder.scopes.union([.peopleWrite]))
            try await scene.set(groups: [("Builders", "builder")], by: builder)
            #expect(await scene.refusal(["groups": ["Builders"]])?.message == "nobody with the role admin comes in by this provider")
            #expect(try await Self.role(scene, ada.id) == .admin)
        }
    }
}
