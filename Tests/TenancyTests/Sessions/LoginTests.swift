import GRDB
import Model
import Store
import Testing

@testable import Tenancy

struct LoginTests {
    @Test func `the right password opens a session of the own tenant alone`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let person = try await fixture.person("ada@example.com", .builder)
            let session = try await fixture.session("ADA@example.com")
            #expect(session.person.id == person.id)
            let found = try await fixture.people.session(session.text.text)
            #expect(found?.person.principal == Principal(person.id, .builder, tenant: PeopleFixture.acme))
            for tenant in [nil, PeopleFixture.globex] {
                #expect(try await fixture.login("ada@example.com", in: tenant) == .refused)
            }
        }
    }

    @Test func `unknown persons, unknown tenants and wrong passwords are one to whoever asks`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            #expect(try await fixture.login("ada@example.com", password: "wrong password") == .refused)
            #expect(try await fixture.login("eve@example.com") == .refused)
            #expect(try await fixture.login("ada@example.com", in: TenantID(unchecked: "nowhere")) == .refused)
            #expect(try await fixture.login("no address") == .refused)
            #expect(try await fixture.login("ada@example.com", password: String(repeating: "a", count: 513)) == .refused)
        }
    }

    @Test func `after ten wrong passwords the right one waits, too, also after a restart`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            for email in ["ada@example.com", "nobody@example.com"] {
                for number in 0..<People.mostAttempts {
                    let visitor = Visitor(address: "198.51.100.\(number)", agent: "")
                    #expect(try await fixture.login(email, password: "wrong password", from: visitor) == .refused)
                }
                let later = PeopleFixture.people(fixture.store, fixture.clock)
                let outcome = try await later.login(
                    Login(tenant: PeopleFixture.acme, email: email, password: PeopleFixture.password), from: PeopleFixture.visitor)
                #expect(outcome == .tooMany(seconds: 900))
            }
            // The same address in another tenant is another person.
            #expect(try await fixture.login("ada@example.com", in: PeopleFixture.globex) == .refused)
            fixture.clock.advance(seconds: 900)
            _ = try await fixture.session("ada@example.com")
        }
    }

    @Test func `a right password forgets the wrong ones before it`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            for number in 0..<4 {
                for _ in 0..<(People.mostAttempts - 1) {
                    let visitor = Visitor(address: "198.51.100.\(number)", agent: "")
                    #expect(try await fixture.login("ada@example.com", password: "wrong password", from: visitor) == .refused)
                }
                _ = try await fixture.session("ada@example.com")
            }
        }
    }

    @Test func `an address that guesses waits, whomever it asks for`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            for number in 0..<AddressLimit.guesses {
                #expect(try await fixture.login("p\(number)@example.com") == .refused)
            }
            #expect(try await fixture.login("ada@example.com") == .tooMany(seconds: 900))
            let other = Visitor(address: "192.0.2.2", agent: "")
            #expect(try await fixture.login("ada@example.com", from: other) == .refused)
        }
    }

    @Test func `counts of persons are bounded, and made-up ones wash no real one away`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let now = fixture.clock.now
            let email = try EmailAddress("ada@example.com")
            for _ in 0..<3 { _ = try await fixture.people.admit(email, in: PeopleFixture.acme) }
            try await fixture.store.writeRegistry { database in
                for number in 0..<People.mostSubjects {
                    try database.execute(
                        sql: "INSERT INTO loginAttempt (subject, count, began) VALUES (?, 1, ?)", arguments: ["s\(number)", now])
                }
            }
            _ = try await fixture.people.admit(try EmailAddress("new@example.com"), in: nil)
            let rows = try await fixture.store.readRegistry { try Int.fetchOne($0, sql: "SELECT count(*) FROM loginAttempt") }
            let most = try await fixture.store.readRegistry { try Int.fetchOne($0, sql: "SELECT max(count) FROM loginAttempt") }
            #expect(rows == People.mostSubjects && most == 3)
        }
    }

    @Test func `another password ends every session, and the new one opens`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            let (first, second) = (try await fixture.session("ada@example.com"), try await fixture.session("ada@example.com"))
            let new = "nine loud geese overhead"
            await #expect(throws: Problem.self) {
                try await fixture.people.changePassword(of: first, from: "wrong password", to: new, PeopleFixture.visitor)
            }
            await #expect(throws: Problem.self) {
                try await fixture.people.changePassword(of: first, from: PeopleFixture.password, to: "aaaaaaaaaa", PeopleFixture.visitor)
            }
            let fresh = try await fixture.people.changePassword(
                of: first, from: PeopleFixture.password, to: new, PeopleFixture.visitor)
            #expect(try await fixture.isOpen(fresh))
            for session in [first, second] { #expect(try await !fixture.isOpen(session)) }
            #expect(try await fixture.login("ada@example.com") == .refused)
            guard case .welcome = try await fixture.login("ada@example.com", password: new) else {
                Issue.record("the new password opens nothing")
                return
            }
        }
    }

    @Test func `a digest of another cost is renewed at the next login`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            let cost = try #require(PasswordCost(exponent: 5, blockSize: 2, parallelism: 1))
            let dearer = PeopleFixture.people(fixture.store, fixture.clock, cost: cost)
            let outcome = try await dearer.login(
                Login(tenant: PeopleFixture.acme, email: "ada@example.com", password: PeopleFixture.password),
                from: PeopleFixture.visitor)
            guard case .welcome = outcome else {
                Issue.record("no welcome")
                return
            }
            let text = try await fixture.store.tenant(PeopleFixture.acme).read { database in
                try String.fetchOne(database, sql: "SELECT password FROM person")
            }
            #expect(text?.hasPrefix("$scrypt$ln=5,r=2,p=1$") == true)
            _ = try await fixture.session("ada@example.com")
        }
    }
}
