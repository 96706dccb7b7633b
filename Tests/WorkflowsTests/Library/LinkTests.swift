import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Workflows

@Suite(.timeLimit(.minutes(4))) struct LinkTests {
    private let acme = LibraryFixture.acme
    private let globex = LibraryFixture.globex
    private let id = LibraryFixture.id

    @Test func `a link opens the version that was in force when it was made, without its secrets, and counts`() async throws {
        try await LibraryFixture.with { fixture in
            let config: JSONValue = ["kind": "set", "values": ["password": "hunter2"]]
            try await fixture.publish(LibraryFixture.definition(config: config))
            let (link, token) = try await fixture.library.share(id, of: acme, by: "ann")
            #expect(link.version == 1 && link.createdBy == "ann" && link.uses == 0 && link.lastUse == nil)
            #expect(link.expires == link.created + WorkflowLink.ordinary.milliseconds)
            try await fixture.publish(LibraryFixture.definition(name: "Later"))
            fixture.clock.advance(.seconds(5))

            let export = try await fixture.library.shared(by: token, of: acme)
            #expect(export?.definition["name"] == "Greet")
            #expect(export?.stripped.map(\.description) == ["/nodes/1/config/values/password"])
            #expect(export?.definition.compactText.contains("hunter2") == false)
            let links = try await fixture.library.links(of: id, in: acme)
            #expect(links.map(\.uses) == [1] && links.first?.lastUse == link.created + 5000)
        }
    }

    @Test func `what looks a link up changes nothing, and knows it as what opens it does`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            let (link, token) = try await fixture.library.share(id, of: acme, for: .seconds(60), by: "ann")
            for _ in 0..<2 { #expect(try await fixture.library.link(openedBy: token, of: acme) == link) }
            #expect(try await fixture.library.links(of: id, in: acme) == [link])
            #expect(try await fixture.library.link(openedBy: token, of: globex) == nil)
            #expect(try await fixture.library.link(openedBy: ShareToken.random(), of: acme) == nil)
            fixture.clock.advance(.milliseconds(59_999))
            #expect(try await fixture.library.link(openedBy: token, of: acme) == link)
            fixture.clock.advance(.milliseconds(1))
            #expect(try await fixture.library.link(openedBy: token, of: acme) == nil)
            #expect(try await fixture.library.shared(by: token, of: acme) == nil)
        }
    }

    @Test func `a version is shared by its number, and only one that is there`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.save(LibraryFixture.definition())
            let early = await problem { try await fixture.library.share(id, of: acme, by: "ann") }
            #expect(early?.code == .notFound && early?.message == "workflow greet was never published")
            try await fixture.publish(LibraryFixture.definition())
            try await fixture.publish(LibraryFixture.definition(name: "Later"))
            let (_, token) = try await fixture.library.share(id, of: acme, version: 1, by: "ann")
            #expect(try await fixture.library.shared(by: token, of: acme)?.definition["name"] == "Greet")
            let absent = await problem { try await fixture.library.share(id, of: acme, version: 9, by: "ann") }
            #expect(absent?.code == .notFound)
            let unknown = await problem { try await fixture.library.share(WorkflowID(unchecked: "other"), of: acme, by: "ann") }
            #expect(unknown?.code == .notFound)
        }
    }

    @Test func `an expired, a revoked and an unknown token open nothing, nor does one at another tenant`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            let (brief, expired) = try await fixture.library.share(id, of: acme, for: .seconds(60), by: "ann")
            let (link, revoked) = try await fixture.library.share(id, of: acme, by: "ann")
            let (_, good) = try await fixture.library.share(id, of: acme, by: "ann")
            #expect(try await fixture.library.shared(by: expired, of: acme) != nil)
            fixture.clock.advance(.seconds(60))
            #expect(try await fixture.library.unshare(link.id, of: id, in: acme).id == link.id)
            for token in [expired, revoked, ShareToken.random()] {
                #expect(try await fixture.library.shared(by: token, of: acme) == nil)
            }
            #expect(try await fixture.library.shared(by: good, of: globex) == nil)
            #expect(try await fixture.library.shared(by: good, of: acme) != nil)
            #expect(try await !fixture.library.links(of: id, in: acme).map(\.id).contains(brief.id))
            let again = await problem { try await fixture.library.unshare(link.id, of: id, in: acme) }
            #expect(again?.code == .notFound)
        }
    }

    @Test func `a link is revoked as one of its own workflow only`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            try await fixture.publish(LibraryFixture.definition(WorkflowID(unchecked: "other")))
            let (link, token) = try await fixture.library.share(id, of: acme, by: "ann")
            let refused = await problem { try await fixture.library.unshare(link.id, of: WorkflowID(unchecked: "other"), in: acme) }
            #expect(refused?.code == .notFound)
            #expect(try await fixture.library.shared(by: token, of: acme) != nil)
        }
    }

    @Test func `a workflow has so many links at most, and those that expired make room`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            for _ in 0..<WorkflowLink.most { _ = try await fixture.library.share(id, of: acme, for: .seconds(60), by: "ann") }
            let refused = await problem { try await fixture.library.share(id, of: acme, by: "ann") }
            #expect(refused?.code == .conflict && refused?.message == "workflow greet has 20 links already")
            fixture.clock.advance(.seconds(60))
            _ = try await fixture.library.share(id, of: acme, by: "ann")
            let kept = try await fixture.store.tenant(acme).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM workflowLink") }
            #expect(kept == 1)
        }
    }

    @Test(arguments: [.seconds(59), .seconds(90 * 86_400 + 1), .zero, .seconds(-5)] as [Duration])
    func `a time that is out of bounds is refused`(time: Duration) async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            let refused = await problem { try await fixture.library.share(id, of: acme, for: time, by: "ann") }
            #expect(refused?.code == .invalidInput)
        }
    }

    @Test func `links go with their workflow`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            let (_, token) = try await fixture.library.share(id, of: acme, by: "ann")
            _ = try await fixture.library.delete(id, of: acme, isForced: false, by: "ann")
            #expect(try await fixture.library.shared(by: token, of: acme) == nil)
            try await fixture.publish(LibraryFixture.definition())
            #expect(try await fixture.library.shared(by: token, of: acme) == nil)
        }
    }

    @Test func `a restored tenant has no links`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            let (_, token) = try await fixture.library.share(id, of: acme, by: "ann")
            let backup = try await fixture.store.backUp(acme, keeping: 5)
            let copy = TenantID(unchecked: "copy")
            let record = Tenant(id: copy, name: nil, created: 1, quota: .ordinary, state: .active)
            _ = try await fixture.store.restore(backup.id, of: acme, as: record) { _ in }
            #expect(try await fixture.library.published(id, of: copy).version == 1)
            #expect(try await fixture.library.shared(by: token, of: copy) == nil)
            #expect(try await fixture.library.links(of: id, in: copy).isEmpty)
            #expect(try await fixture.library.shared(by: token, of: acme) != nil)
        }
    }

    @Test func `a token is neither kept nor described`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            let (link, token) = try await fixture.library.share(id, of: acme, by: "ann")
            let rows = try await fixture.store.tenant(acme).read { database in
                try Row.fetchAll(database, sql: "SELECT * FROM workflowLink").map(\.description)
            }
            #expect(rows.count == 1 && rows[0].contains(token.digest) && !rows[0].contains(token.text))
            var dumped = ""
            dump(token, to: &dumped)
            for text in ["\(token)", String(reflecting: token), dumped, "\(link)"] { #expect(!text.contains(token.text)) }
            #expect(ShareToken(token.text) == token)
        }
    }

    @Test(arguments: ["", "short", String(repeating: "a", count: 42), String(repeating: "a", count: 44), String(repeating: "a", count: 42) + "="])
    func `what is no token is none`(text: String) { #expect(ShareToken(text) == nil) }
}
