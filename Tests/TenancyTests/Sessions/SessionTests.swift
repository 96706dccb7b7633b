import Model
import Testing

@testable import Tenancy

struct SessionTests {
    @Test func `a session ends when nobody uses it, and in any case after a week`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            let idle = try await fixture.session("ada@example.com")
            fixture.clock.advance(seconds: Session.idleLife / 1000 - 1)
            #expect(try await fixture.isOpen(idle))
            fixture.clock.advance(seconds: Session.idleLife / 1000 - 1)
            #expect(try await fixture.isOpen(idle))
            fixture.clock.advance(seconds: Session.idleLife / 1000)
            #expect(try await !fixture.isOpen(idle))
            let used = try await fixture.session("ada@example.com")
            for _ in 0..<(7 * 24) {
                #expect(try await fixture.isOpen(used))
                fixture.clock.advance(seconds: 3600)
            }
            #expect(try await !fixture.isOpen(used))
            let open = try await fixture.people.sessions(in: PeopleFixture.acme)
            #expect(open.isEmpty)
        }
    }

    @Test func `sessions are listed and revoked, of one person and one tenant`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (ada, eve) = (try await fixture.person("ada@example.com", .owner), try await fixture.person("eve@example.com", .member))
            let (first, second) = (try await fixture.session("ada@example.com"), try await fixture.session("eve@example.com"))
            let (acme, people) = (PeopleFixture.acme, fixture.people)
            let all = try await people.sessions(in: acme)
            #expect(Set(all.map(\.id)) == [first.session.id, second.session.id])
            #expect(all.allSatisfy { $0.address == "192.0.2.1" && $0.agent == "test" })
            let own = try await people.sessions(in: acme, of: ada.id)
            #expect(own.map(\.id) == [first.session.id])
            let others = try await people.sessions(in: PeopleFixture.globex)
            #expect(others.isEmpty)
            await #expect(throws: Problem.self) { try await people.revoke(first.session.id, in: PeopleFixture.globex) }
            await #expect(throws: Problem.self) { try await people.revoke(first.session.id, in: acme, of: eve.id) }
            _ = try await people.revoke(first.session.id, in: acme, of: ada.id)
            #expect(try await !fixture.isOpen(first))
            #expect(try await fixture.isOpen(second))
            try await people.logout(second)
            #expect(try await !fixture.isOpen(second))
        }
    }

    @Test func `one person has so many sessions, and the one idle longest goes`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            _ = try await fixture.person("ada@example.com", .owner)
            var sessions: [OpenSession] = []
            for _ in 0..<(Session.mostOfOne + 1) {
                fixture.clock.advance(seconds: 1)
                sessions.append(try await fixture.session("ada@example.com"))
            }
            #expect(try await !fixture.isOpen(sessions[0]))
            #expect(try await fixture.isOpen(sessions[1]))
            #expect(try await fixture.isOpen(sessions[Session.mostOfOne]))
        }
    }

    @Test func `texts of one kind open nothing of the other, and form tokens are of one session`() async throws {
        let (session, invitation) = (AccessText.random(for: .session), AccessText.random(for: .invitation))
        #expect(AccessText(session.text, for: .invitation) == nil)
        #expect(AccessText(invitation.text, for: .session) == nil)
        #expect(AccessText(session.text, for: .session) == session)
        #expect(!session.description.contains(session.text))
        #expect(session.accepts(formToken: session.formToken))
        #expect(!session.accepts(formToken: AccessText.random(for: .session).formToken))
        #expect(!session.accepts(formToken: ""))
        #expect(!session.formToken.contains(session.text))
    }

    @Test func `a window counts, ends, and survives a clock that is set back`() {
        let full = AttemptWindow(count: 3, began: 1_000_000)
        #expect(AttemptWindow.admit(full, limit: 3, at: 1_000_001) == .failure(.init(seconds: 900)))
        #expect(AttemptWindow.admit(full, limit: 4, at: 1_000_001) == .success(AttemptWindow(count: 4, began: 1_000_000)))
        #expect(AttemptWindow.admit(full, limit: 3, at: 1_900_000) == .success(AttemptWindow(count: 1, began: 1_900_000)))
        #expect(AttemptWindow.admit(full, limit: 3, at: 5) == .success(AttemptWindow(count: 1, began: 5)))
    }

    @Test func `addresses are bounded, and one network of IPv6 is one`() {
        let limit = AddressLimit()
        for number in 0..<(AddressLimit.mostAddresses + 100) { #expect(limit.admit("a\(number)", at: 0) == nil) }
        for number in 0..<AddressLimit.guesses { #expect(limit.admit("2001:db8::\(number)", at: 0) == nil) }
        #expect(limit.admit("2001:db8::ffff", at: 0) != nil)
        #expect(limit.admit("2001:db8:0:1::1", at: 0) == nil)
        #expect(AddressLimit.network(of: "::ffff:192.0.2.1") != AddressLimit.network(of: "::ffff:192.0.2.2"))
    }
}
