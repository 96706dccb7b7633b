import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Workflows

struct LibraryTests {
    private let acme = LibraryFixture.acme
    private let id = LibraryFixture.id

    @Test func `a draft is saved as it was written, and each change gives it another revision`() async throws {
        try await LibraryFixture.with { fixture in
            let first = try await fixture.save(LibraryFixture.definition())
            #expect(first.record.revision == 1 && first.record.status == .draft && first.record.version == nil)
            #expect(first.record.name == "Greet" && first.record.createdBy == "ann" && first.findings.isEmpty)
            #expect(first.definition == LibraryFixture.definition())
            fixture.clock.advance(.seconds(5))
            let second = try await fixture.save(LibraryFixture.definition(name: "Greet all"), revision: 1, by: "bob")
            #expect(second.record.revision == 2 && second.record.name == "Greet all" && second.record.changedBy == "bob")
            #expect(second.record.createdBy == "ann" && second.record.changed == first.record.created + 5000)
            let refused = await problem { try await fixture.save(LibraryFixture.definition(), revision: 1) }
            #expect(refused?.code == .conflict && refused?.message == "workflow greet is not in revision 1: it is in revision 2")
        }
    }

    @Test func `a draft that cannot be published is kept with what is wrong`() async throws {
        try await LibraryFixture.with { fixture in
            let draft = try await fixture.save(["id": "greet", "name": 5, "nodes": []])
            #expect(draft.record.faults == 2 && draft.record.name == "greet")
            #expect(draft.findings.map { $0["pointer"] } == ["/name", "/nodes"])
            let refused = await problem { try await fixture.library.publish(id, of: acme, by: "ann") }
            #expect(refused?.code == .invalidInput)
            #expect(refused?.message == "/name: expected text, found integer\n/nodes: expected 1 to 500 nodes")
            let unpublished = await problem { try await fixture.library.published(id, of: acme) }
            #expect(unpublished?.code == .notFound)
        }
    }

    @Test(arguments: [
        (5, "/: expected the definition of a workflow, an object, found integer"), (["name": "x"], "/id: missing"),
        (["id": "A B"], "/id: not a workflow identifier"), (["id": 5], "/id: not a workflow identifier"),
        (["id": "greet", "status": "active"], "/status: is changed by publishing, activating and deactivating, not by saving"),
    ] as [(JSONValue, String)])
    func `what has no usable identifier is refused`(definition: JSONValue, message: String) async throws {
        try await LibraryFixture.with { fixture in
            let refused = await problem { try await fixture.save(definition) }
            #expect(refused?.code == .invalidInput && refused?.message == message)
        }
    }

    @Test func `an identifier that is taken is not made again, and that of a request is not changed`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.save(LibraryFixture.definition())
            let taken = await problem {
                try await fixture.library.save(LibraryFixture.definition(), for: .create, of: acme, by: "ann")
            }
            #expect(taken?.code == .conflict)
            let other = await problem {
                try await fixture.library.save(
                    LibraryFixture.definition(), for: .change(WorkflowID(unchecked: "other"), revision: nil), of: acme, by: "ann")
            }
            #expect(other?.message == "/id: is greet, and the request is about other")
            let absent = await problem { try await fixture.save(LibraryFixture.definition(WorkflowID(unchecked: "new")), revision: 3) }
            #expect(absent?.code == .conflict)
        }
    }

    @Test func `what is published never changes, whatever becomes of the draft`() async throws {
        try await LibraryFixture.with { fixture in
            let first = try await fixture.publish(LibraryFixture.definition())
            #expect(first.number == 1 && first.author == "ann")
            let second = try await fixture.publish(LibraryFixture.definition(name: "Second"), by: "bob")
            #expect(second.number == 2 && second.digest != first.digest)
            try await fixture.save(LibraryFixture.definition(name: "Third"))
            let published = try await fixture.library.published(id, of: acme)
            #expect(published.version == 2 && published.workflow.name == "Second" && published.workflow.status == .inactive)
            let old = try await fixture.library.version(1, of: id, of: acme)
            #expect(old.name == "Greet")
            let record = try await fixture.library.draft(id, of: acme).record
            #expect(record.isAhead && record.version == 2)
            let list = try await fixture.library.versions(of: id, in: acme, limit: 1)
            #expect(list.versions == [second] && list.next == 2)
            let rest = try await fixture.library.versions(of: id, in: acme, before: 2)
            #expect(rest.versions == [first] && rest.next == nil)
        }
    }

    @Test func `publishing the same twice makes one version`() async throws {
        try await LibraryFixture.with { fixture in
            let first = try await fixture.publish(LibraryFixture.definition())
            let again = try await fixture.library.publish(id, of: acme, by: "bob")
            #expect(first == again)
        }
    }

    @Test func `a revision that is gone is not published`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.save(LibraryFixture.definition())
            try await fixture.save(LibraryFixture.definition(name: "Second"))
            let refused = await problem { try await fixture.library.publish(id, of: acme, revision: 1, by: "ann") }
            #expect(refused?.code == .conflict)
        }
    }

    @Test func `definitions stay in memory by what they say, and no version is taken for another`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            _ = try await fixture.library.published(id, of: acme)
            #expect(fixture.library.cache.count == 1)
            _ = try await fixture.library.delete(id, of: acme, isForced: false, by: "ann")
            let gone = await problem { try await fixture.library.version(1, of: id, of: acme) }
            #expect(gone?.code == .notFound)
            try await fixture.publish(LibraryFixture.definition(name: "Another"))
            let name = try await fixture.library.version(1, of: id, of: acme).name
            #expect(name == "Another")
            let foreign = await problem { try await fixture.library.published(id, of: LibraryFixture.globex) }
            #expect(foreign?.code == .notFound)
        }
    }

    @Test func `the cache holds so much and no more`() throws {
        let cache = DefinitionCache()
        let workflow = try Workflow(reading: LibraryFixture.definition())
        for number in 0..<DefinitionCache.most + 10 { cache.keep(workflow, as: "\(number)", size: 1) }
        #expect(cache.count == DefinitionCache.most)
        #expect(cache.find("0") == nil && cache.find("\(DefinitionCache.most)") != nil)
        cache.keep(workflow, as: "large", size: DefinitionCache.limit)
        #expect(cache.count == 1 && cache.find("large") != nil)
    }

    @Test func `triggers start runs only of what is active`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.save(LibraryFixture.definition())
            let refused = await problem { try await fixture.library.setActive(id, of: acme, true) }
            #expect(refused?.code == .conflict)
            _ = try await fixture.library.publish(id, of: acme, by: "ann")
            _ = try await fixture.library.setActive(id, of: acme, true)
            try await fixture.publish(LibraryFixture.definition(name: "Second"))
            let status = try await fixture.library.published(id, of: acme).workflow.status
            #expect(status == .active)
            let record = try await fixture.library.setActive(id, of: acme, false)
            #expect(record.status == .inactive)
        }
    }

    @Test func `an earlier version is published again as a new one`() async throws {
        try await LibraryFixture.with { fixture in
            let first = try await fixture.publish(LibraryFixture.definition())
            try await fixture.publish(LibraryFixture.definition(name: "Second"))
            let third = try await fixture.library.rollBack(id, of: acme, to: 1, by: "bob")
            #expect(third.number == 3 && third.digest == first.digest && third.note == "as version 1")
            let draft = try await fixture.library.draft(id, of: acme)
            #expect(draft.record.name == "Greet" && !draft.record.isAhead)
            // Work that was not published yet stays.
            try await fixture.save(LibraryFixture.definition(name: "Work"))
            _ = try await fixture.library.rollBack(id, of: acme, to: 2, by: "bob")
            let kept = try await fixture.library.draft(id, of: acme).record
            #expect(kept.name == "Work" && kept.isAhead && kept.version == 4)
        }
    }

    @Test func `the oldest versions go, but for those that runs need`() async throws {
        try await LibraryFixture.with { fixture in
            for number in 1...WorkflowVersion.most + 3 {
                try await fixture.publish(LibraryFixture.definition(name: "\(number)"))
                if number == 2 { try await fixture.pin(2) }
            }
            let numbers = try await fixture.store.tenant(acme).read { try Int.fetchAll($0, sql: "SELECT number FROM workflowVersion ORDER BY 1") }
            #expect(numbers == [2] + Array(4...WorkflowVersion.most + 3))
        }
    }

    @Test func `while somebody edits nobody else changes anything, until the lock ends or is taken over`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            let locked = try await fixture.library.lock(id, of: acme, for: .seconds(60), isStolen: false, by: "ann")
            #expect(locked.lock == EditLock(holder: "ann", expires: fixture.clock.now + 60_000))
            for attempt in [
                await problem { try await fixture.save(LibraryFixture.definition(name: "x"), by: "bob") },
                await problem { try await fixture.library.publish(id, of: acme, by: "bob") },
                await problem { try await fixture.library.rollBack(id, of: acme, to: 1, by: "bob") },
                await problem { try await fixture.library.delete(id, of: acme, isForced: true, by: "bob") },
                await problem { try await fixture.library.lock(id, of: acme, for: .seconds(60), isStolen: false, by: "bob") },
                await problem { try await fixture.library.unlock(id, of: acme, isStolen: false, by: "bob") },
            ] {
                #expect(attempt?.code == .conflict)
                #expect(attempt?.message == "workflow greet is being edited by ann for another 1m at most")
            }
            try await fixture.save(LibraryFixture.definition(name: "mine"), by: "ann")
            _ = try await fixture.library.lock(id, of: acme, for: .seconds(86_400), isStolen: true, by: "bob")
            let refused = await problem { try await fixture.save(LibraryFixture.definition(), by: "ann") }
            #expect(refused?.code == .conflict)
            fixture.clock.advance(WorkflowLibrary.longestLock)
            try await fixture.save(LibraryFixture.definition(), by: "ann")
            let free = try await fixture.library.unlock(id, of: acme, isStolen: false, by: "ann")
            #expect(free.lock == nil)
        }
    }

    @Test func `lists come in parts, and are searched by name and identifier`() async throws {
        try await LibraryFixture.with { fixture in
            for name in ["alpha", "beta", "gamma"] {
                try await fixture.save(LibraryFixture.definition(WorkflowID(unchecked: name), name: "Über \(name)"))
            }
            let first = try await fixture.library.list(of: acme, limit: 2)
            #expect(first.workflows.map(\.id.rawValue) == ["alpha", "beta"] && first.next?.rawValue == "beta")
            let second = try await fixture.library.list(of: acme, after: first.next, limit: 2)
            #expect(second.workflows.map(\.id.rawValue) == ["gamma"] && second.next == nil)
            let found = try await fixture.library.list(of: acme, search: "über B").workflows.map(\.id.rawValue)
            #expect(found == ["beta"])
            let wild = try await fixture.library.list(of: acme, search: "%").workflows
            #expect(wild.isEmpty)
            let active = try await fixture.library.list(of: acme, status: .active).workflows
            #expect(active.isEmpty)
            let foreign = try await fixture.library.list(of: LibraryFixture.globex).workflows
            #expect(foreign.isEmpty)
        }
    }

    @Test func `a tenant has so many workflows and no more`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.save(LibraryFixture.definition())
            try await fixture.store.tenant(acme).write { database in
                for number in 1..<WorkflowRecord.most {
                    try database.execute(
                        sql: """
                            INSERT INTO workflow (id, name, description, search, status, revision, draft, draftDigest, findings, faults,
                                created, createdBy, changed, changedBy)
                            SELECT ?, name, description, search, status, revision, draft, draftDigest, findings, faults, created,
                                createdBy, changed, changedBy FROM workflow WHERE id = 'greet'
                            """, arguments: ["w\(number)"])
                }
            }
            let refused = await problem { try await fixture.save(LibraryFixture.definition(WorkflowID(unchecked: "more"))) }
            #expect(refused?.code == .quotaExceeded)
            try await fixture.save(LibraryFixture.definition(name: "still"))
        }
    }
}
