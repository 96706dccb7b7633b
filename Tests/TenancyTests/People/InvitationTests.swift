import GRDB
import Glibc
import Model
import Store
import Testing

@testable import Tenancy

struct InvitationTests {
    @Test func `an invitation makes a person of its address and role, once`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let people = fixture.people
            let (invitation, text) = try await people.invite("Ada@Example.com", as: "builder", to: PeopleFixture.acme, by: PeopleFixture.root)
            #expect(invitation.email.text == "ada@example.com")
            let person = try await people.accept(
                text.text, name: "Ada", password: PeopleFixture.password, from: PeopleFixture.visitor)
            #expect(person.role == .builder && person.tenant == PeopleFixture.acme)
            let listed = try await people.list(in: PeopleFixture.acme)
            #expect(listed == [person])
            let others = try await people.list(in: PeopleFixture.globex)
            #expect(others.isEmpty)
            await #expect(throws: Problem.self) {
                try await people.accept(text.text, name: "Eve", password: PeopleFixture.password, from: PeopleFixture.visitor)
            }
            let open = try await people.invitations(to: PeopleFixture.acme)
            #expect(open.isEmpty)
        }
    }

    @Test func `one that is expired, withdrawn or replaced makes nobody`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let people = fixture.people
            func accept(_ text: AccessText) async -> Problem? {
                await #expect(throws: Problem.self) {
                    try await people.accept(text.text, name: "Eve", password: PeopleFixture.password, from: PeopleFixture.visitor)
                }
            }
            let (_, first) = try await people.invite("a@example.com", as: "member", to: PeopleFixture.acme, by: PeopleFixture.root)
            let (second, text) = try await people.invite("a@example.com", as: "member", to: PeopleFixture.acme, by: PeopleFixture.root)
            #expect(await accept(first)?.code == .notFound)
            await #expect(throws: Problem.self) { try await people.revoke(second.id, to: PeopleFixture.globex) }
            _ = try await people.revoke(second.id, to: PeopleFixture.acme)
            #expect(await accept(text)?.code == .notFound)
            let (_, late) = try await people.invite("a@example.com", as: "member", to: PeopleFixture.acme, days: 1, by: PeopleFixture.root)
            fixture.clock.advance(seconds: 86_400)
            #expect(await accept(late)?.code == .notFound)
        }
    }

    @Test func `nobody invites to a wider role than the own, nor to another tenant`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            for role in Role.allCases where !role.isOfPlatform {
                let principal = Principal(.random(), role, tenant: PeopleFixture.acme)
                for other in Role.allCases where !other.isOfPlatform {
                    let isAllowed = other.scopes.isSubset(of: role.scopes)
                    let made = try? await fixture.people.invite("x@example.com", as: other.rawValue, to: PeopleFixture.acme, by: principal)
                    #expect((made != nil) == isAllowed, "\(role) invites \(other)")
                    let foreign = try? await fixture.people.invite("x@example.com", as: other.rawValue, to: PeopleFixture.globex, by: principal)
                    #expect(foreign == nil)
                }
            }
            await #expect(throws: Problem.self) {
                try await fixture.people.invite("x@example.com", as: "platform-owner", to: PeopleFixture.acme, by: PeopleFixture.root)
            }
            await #expect(throws: Problem.self) {
                try await fixture.people.invite("x@example.com", as: "owner", to: nil, by: PeopleFixture.root)
            }
        }
    }

    @Test func `what a person invited to falls with the person`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let people = fixture.people
            let admin = try await fixture.person("admin@example.com", .admin)
            _ = try await fixture.person("owner@example.com", .owner)
            let (_, text) = try await people.invite("x@example.com", as: "admin", to: PeopleFixture.acme, by: admin.principal)
            let kept = try await fixture.store.readRegistry { database in
                try Row.fetchOne(database, sql: "SELECT * FROM invitation").map { try Invitation($0) }
            }
            _ = try await people.remove(admin.id, from: PeopleFixture.acme, by: PeopleFixture.root)
            let left = try await people.invitations(to: PeopleFixture.acme)
            #expect(left.isEmpty)
            // As a crash between the two databases would leave it.
            let invitation = try #require(kept)
            try await fixture.store.writeRegistry { try invitation.insert(digest: text.digest, into: $0) }
            await #expect(throws: Problem.self) {
                try await people.accept(text.text, name: "X", password: PeopleFixture.password, from: PeopleFixture.visitor)
            }
        }
    }

    @Test func `neither text nor password lies in any file of the store`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            let session = try await fixture.session("ada@example.com")
            let (_, text) = try await fixture.people.invite("b@example.com", as: "member", to: PeopleFixture.acme, by: PeopleFixture.root)
            for path in ["/registry.db", "/tenants/acme/tenant.db"].flatMap({ [$0, $0 + "-wal"] }) {
                guard let file = fopen(fixture.folder + path, "r") else { continue }
                defer { fclose(file) }
                var bytes: [UInt8] = []
                var part = [UInt8](repeating: 0, count: 1 << 16)
                while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
                for secret in [session.text.text, text.text, PeopleFixture.password] {
                    #expect(bytes.firstRange(of: Array(secret.utf8)) == nil)
                }
            }
        }
    }

    @Test(arguments: [
        "", "ada", "@example.com", "ada@", "a@b@c", "ada lovelace@example.com", "ada@exa mple.com", "ada@-x.com", ".a@b.c", "a..b@c.d",
        "\"a\"@b.c", "ada@example..com", "grüße@example.com", "a@[127.0.0.1]",
    ])
    func `what is no e-mail address is refused`(text: String) { #expect(throws: Problem.self) { try EmailAddress(text) } }
}
