import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct RecoveryTests {
    private static let new = "nine loud geese overhead"

    @Test func `a mailed text sets another password, once, and ends all sessions`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            for tenant in [PeopleFixture.acme, nil] {
                let person = try await fixture.person("ada@example.com", tenant == nil ? .platformOwner : .owner, in: tenant)
                let session = try await fixture.session("ada@example.com", in: tenant)
                let (found, text) = try #require(try await fixture.people.beginRecovery(of: "ADA@example.com", in: tenant))
                #expect(found.id == person.id && text.text.hasPrefix("cloister_recovery_"))
                let weak = await problem { _ = try await fixture.people.recover(text.text, password: "password", from: PeopleFixture.visitor) }
                #expect(weak?.code == .invalidInput && weak?.message.hasPrefix("/password") == true)
                _ = try await fixture.people.recover(text.text, password: Self.new, from: PeopleFixture.visitor)
                #expect(try await !fixture.isOpen(session))
                #expect(try await fixture.login("ada@example.com", in: tenant) == .refused)
                _ = try await fixture.login("ada@example.com", in: tenant, password: Self.new)
                let again = await problem { _ = try await fixture.people.recover(text.text, password: Self.new, from: PeopleFixture.visitor) }
                #expect(again?.code == .notFound)
            }
        }
    }

    @Test func `the second factor is asked for afterwards, too`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            let session = try await fixture.session("ada@example.com")
            let offer = try await fixture.people.beginSecondFactor(of: session, password: PeopleFixture.password, issuer: "x")
            let factor = OneTimePassword(secret: try #require(Base32.decode(offer.secret)))
            _ = try await fixture.people.confirmSecondFactor(of: session, code: factor.code(at: fixture.clock.now / 30_000))
            let (_, text) = try #require(try await fixture.people.beginRecovery(of: "ada@example.com", in: PeopleFixture.acme))
            _ = try await fixture.people.recover(text.text, password: Self.new, from: PeopleFixture.visitor)
            guard case .needsCode = try await fixture.login("ada@example.com", password: Self.new) else {
                Issue.record("no code was asked for")
                return
            }
        }
    }

    @Test func `it is good for half an hour, for the last mail, and for who is as then`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let people = fixture.people
            _ = try await fixture.person("eve@example.com", .owner)
            let ada = try await fixture.person("ada@example.com", .member)
            func begin() async throws -> String {
                try #require(try await people.beginRecovery(of: "ada@example.com", in: PeopleFixture.acme)).text.text
            }
            func recover(_ text: String) async -> Problem? {
                await problem { _ = try await people.recover(text, password: Self.new, from: PeopleFixture.visitor) }
            }
            let (first, second) = (try await begin(), try await begin())
            #expect(await recover(first)?.code == .notFound)
            fixture.clock.advance(seconds: 30 * 60)
            #expect(await recover(second)?.code == .notFound)
            let third = try await begin()
            _ = try await people.setRole(of: ada.id, in: PeopleFixture.acme, to: "builder", by: PeopleFixture.root)
            #expect(await recover(third)?.code == .notFound)
            let fourth = try await begin()
            _ = try await people.remove(ada.id, from: PeopleFixture.acme, by: PeopleFixture.root)
            #expect(await recover(fourth)?.code == .notFound)
            for text in ["", "cloister_recovery_", AccessText.random(for: .session).text] { #expect(await recover(text)?.code == .notFound) }
        }
    }

    @Test func `nobody, nowhere and too often are all told nothing`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let people = fixture.people
            _ = try await fixture.person("ada@example.com", .owner)
            #expect(try await people.beginRecovery(of: "bob@example.com", in: PeopleFixture.acme) == nil)
            #expect(try await people.beginRecovery(of: "ada@example.com", in: nil) == nil)
            #expect(try await people.beginRecovery(of: "ada@example.com", in: TenantID(unchecked: "nowhere")) == nil)
            #expect(try await people.beginRecovery(of: "no address", in: PeopleFixture.acme) == nil)
            for _ in 0..<People.mostRecoveries { #expect(try await people.beginRecovery(of: "ada@example.com", in: PeopleFixture.acme) != nil) }
            #expect(try await people.beginRecovery(of: "ada@example.com", in: PeopleFixture.acme) == nil)
            // What was lost and found again locks nobody out.
            _ = try await fixture.session("ada@example.com")
            fixture.clock.advance(seconds: 900)
            #expect(try await people.beginRecovery(of: "ada@example.com", in: PeopleFixture.acme) != nil)
            for _ in 0..<AddressLimit.guesses { try people.admitRecovery(from: PeopleFixture.visitor) }
            #expect(throws: Problem.self) { try people.admitRecovery(from: PeopleFixture.visitor) }
        }
    }

    @Test func `what is kept of the text opens nothing`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            let (_, text) = try #require(try await fixture.people.beginRecovery(of: "ada@example.com", in: PeopleFixture.acme))
            let kept = try await fixture.store.readRegistry { try String.fetchAll($0, sql: "SELECT digest FROM recovery") }
            #expect(kept == [text.digest] && !text.description.contains(text.text))
            #expect(await problem { _ = try await fixture.people.recover(kept[0], password: Self.new, from: PeopleFixture.visitor) } != nil)
        }
    }
}
