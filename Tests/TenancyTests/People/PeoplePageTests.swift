import Model
import Store
import Testing

@testable import Tenancy

/// Pages of the lists about people, while what they list comes and goes.
struct PeoplePageTests {
    /// Turns all pages; `between` is told after how many of them.
    private static func all<Element>(
        _ page: (String?) async throws -> KeysetPage<Element>, between: (Int) async throws -> Void
    ) async throws -> [Element] {
        var (seen, turned) = ([Element](), 0)
        var next: String?
        repeat {
            let page = try await page(next)
            #expect(page.elements.count <= 2 && (page.next == nil || page.elements.count == 2))
            seen += page.elements
            next = page.next
            turned += 1
            try await between(turned)
        } while next != nil && turned < 20
        return seen
    }

    @Test func `pages of people show each once, whoever comes and goes`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (people, acme) = (fixture.people, PeopleFixture.acme)
            var made: [String: Person] = [:]
            for letter in ["b", "c", "d", "e", "f", "g", "h"] {
                made[letter] = try await fixture.person("\(letter)@example.com", .member)
            }
            _ = try await fixture.person("x@example.com", .member, in: PeopleFixture.globex)
            let gone = try [#require(made["b"]?.id), #require(made["f"]?.id)]
            let seen = try await Self.all({ try await people.page(in: acme, after: $0, limit: 2) }) { turned in
                guard turned == 1 else { return }
                // One that was seen and one that was not go; one comes before and one behind.
                for id in gone { _ = try await people.remove(id, from: acme, by: PeopleFixture.root) }
                _ = try await fixture.person("a@example.com", .member)
                _ = try await fixture.person("e2@example.com", .member)
            }
            #expect(seen.map(\.email.mailbox) == ["b", "c", "d", "e2", "e", "g", "h"])
            let whole = try await people.list(in: acme)
            #expect(whole.map(\.email.mailbox) == ["a", "c", "d", "e2", "e", "g", "h"])
        }
    }

    @Test func `pages of invitations show each once, whatever comes and goes`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (people, acme) = (fixture.people, PeopleFixture.acme)
            var made: [Invitation] = []
            // Several of one moment.
            for number in 0..<7 {
                made.append(try await people.invite("p\(number)@example.com", as: "member", to: acme, by: PeopleFixture.root).invitation)
                if number == 4 { fixture.clock.advance(seconds: 1) }
            }
            _ = try await people.invite("x@example.com", as: "member", to: PeopleFixture.globex, by: PeopleFixture.root)
            let order = made.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
            let seen = try await Self.all({ try await people.invitations(to: acme, after: $0, limit: 2) }) { turned in
                guard turned == 1 else { return }
                for gone in [order[0], order[3]] { _ = try await people.revoke(gone.id, to: acme) }
                fixture.clock.advance(seconds: 1)
                _ = try await people.invite("late@example.com", as: "member", to: acme, by: PeopleFixture.root)
            }
            let expected = order.map(\.email.mailbox).enumerated().filter { $0.offset != 3 }.map(\.element) + ["late"]
            #expect(seen.map(\.email.mailbox) == expected)
        }
    }

    @Test func `pages of sessions show each once, though they are used meanwhile`() async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (people, acme) = (fixture.people, PeopleFixture.acme)
            var open: [OpenSession] = []
            for letter in ["a", "b"] {
                _ = try await fixture.person("\(letter)@example.com", .owner)
                for _ in 0..<3 { open.append(try await fixture.session("\(letter)@example.com")) }
            }
            let order = open.sorted { ($0.person.id, $0.session.id) < ($1.person.id, $1.session.id) }
            let seen = try await Self.all({ try await people.sessions(in: acme, after: $0, limit: 2) }) { turned in
                fixture.clock.advance(seconds: 120)
                // The one used last is another one at every page.
                for session in turned.isMultiple(of: 2) ? open : open.reversed() { _ = try await fixture.isOpen(session) }
                if turned == 1 { _ = try await people.revoke(order[4].session.id, in: acme) }
            }
            #expect(seen.map(\.id) == (order[0...3] + order[5...]).map(\.session.id))
            let own = try await people.sessions(in: acme, of: order[0].person.id, after: nil, limit: 100)
            #expect(own.elements.map(\.id) == order[0...2].map(\.session.id) && own.next == nil)
            let others = try await people.sessions(in: PeopleFixture.globex, after: nil, limit: 100)
            #expect(others.elements.isEmpty)
        }
    }

    @Test(arguments: ["", "x", "A@example.com", "5", "5.", "x.y", ".invitation-1", "person-1", "person-1.", "a.b.c", "1 OR 1=1"])
    func `what is no cursor is refused`(text: String) async throws {
        try await PeopleFixture.with { (fixture) async throws in
            let (people, acme) = (fixture.people, PeopleFixture.acme)
            let refused = [
                await #expect(throws: Problem.self) { try await people.page(in: acme, after: text, limit: 2) },
                await #expect(throws: Problem.self) { try await people.invitations(to: acme, after: text, limit: 2) },
                await #expect(throws: Problem.self) { try await people.sessions(in: acme, after: text == "x.y" ? "x" : text, limit: 2) },
            ]
            #expect(refused.allSatisfy { $0?.code == .invalidInput })
        }
    }
}
