import Control
import Glibc
import HostTesting
import Model
import Plugins
import Testing

@testable import cloister

/// Events through real sealed plugins.
@Suite(.serialized, .timeLimit(.minutes(4)),
    .enabled(if: access("/usr/bin/python3", X_OK) == 0)) struct HookTests {
    private static func hook(_ event: String, _ handler: String, _ more: String = "kind: filter") -> String {
        "  - {event: \(event), handler: \(handler), \(more)}"
    }

    /// A plugin with an event of its own, a filter, at which every handler stands.
    private static func chain(_ handlers: [(String, String)]) -> String {
        "events: [{name: first.made, kind: filter}]\nhooks:\n"
            + handlers.map { hook("first.made", $0.0, $0.1) }.joined(separator: "\n")
    }

    @Test func `a value passes through handlers of several plugins in their order`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(
                "first", handlers: ["add-late", "add-early"],
                more: Self.chain([("add-late", "kind: filter, priority: 20"), ("add-early", "kind: filter, priority: 5")]))
            try await host.runAsking(
                "second", handlers: ["add-middle", "note"],
                more: "hooks:\n" + Self.hook("first.made", "add-middle") + "\n" + Self.hook("first.made", "note", "kind: action, priority: 30"))
            let reply = try await host.apply("first.made", ["start"])
            #expect(reply["value"] == ["start", "early", "middle", "late"])
            #expect(reply["failure"]?.isNull == true)
            let steps = reply["steps"]?.array ?? []
            #expect(steps.map { $0["handler"] } == ["add-early", "add-middle", "add-late", "note"])
            #expect(steps.map { $0["outcome"] } == ["done", "done", "done", "done"])
            #expect(steps[0]["changes"] == [["op": "add", "path": "/1", "value": "early"]])
            let told = try await host.call("state", of: "second")["told"]?.array?.first?.array
            #expect(told?[1] == ["start", "early", "middle", "late"])
        }
    }

    @Test func `a handler that fails, is late, answers too much or dies is passed over and told of`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let names = ["fail", "refuse", "slow", "big", "exit", "add-last"]
            try await host.runAsking(
                "first", handlers: names, more: Self.chain(names.enumerated().map { ($1, "kind: filter, priority: \($0), deadline: \($1 == "add-last" ? "20s" : "2s")") }))
            let reply = try await host.apply("first.made", ["a"])
            let steps = reply["steps"]?.array ?? []
            #expect(steps.map { $0["outcome"]?.string } == ["failed", "failed", "failed", "failed", "failed", "done"])
            #expect(reply["value"] == ["a", "last"], "\(reply.compactText)")
            for (index, text) in ["it broke", "not for me", "deadline", "larger than 1MiB", "ended during the call"].enumerated() {
                #expect(steps[index]["reason"]?.string?.contains(text) == true, "\(steps[index].compactText)")
            }
        }
    }

    @Test func `a handler that must not fail ends the run`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(
                "first", handlers: ["refuse", "add-never"],
                more: Self.chain([("refuse", "kind: filter, priority: 1, onFailure: closed"), ("add-never", "kind: filter")]))
            let reply = try await host.apply("first.made", ["a"])
            #expect(reply["failure"]?["message"] == "event first.made was ended by handler first/refuse: not for me")
            #expect(reply["failure"]?["code"] == "invalidInput" && reply["steps"]?.array?.count == 1 && reply["value"] == ["a"])
        }
    }

    @Test func `a handler that fails five times is set aside until it is brought back, one that declines is not`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(
                "first", handlers: ["fail", "refuse"], more: Self.chain([("fail", "kind: filter"), ("refuse", "kind: filter")]))
            for _ in 0..<5 { _ = try await host.apply("first.made", []) }
            func outcomes() async throws -> [String?] {
                try await host.apply("first.made", [])["steps"]?.array?.map { $0["outcome"]?.string } ?? []
            }
            #expect(try await outcomes() == ["skipped", "failed"])
            let board = try await host.send(.hookList(host.tenant))["events"]?.array ?? []
            let states = board.first { $0["name"] == "first.made" }?["handlers"]?.array?.map { $0["state"]?.string }
            #expect(states == ["set aside", "ready"])
            #expect(try await host.send(.hookRestore(host.reference("first"), handler: nil)) == ["restored": 1])
            #expect(try await outcomes() == ["failed", "failed"])
        }
    }

    @Test func `a handler is asked only where the tenant granted it`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking("first", handlers: ["add-a"], more: Self.chain([("add-a", "kind: filter")]))
            #expect(try await host.apply("first.made", [])["value"] == ["a"])
            _ = try await host.send(.pluginPermissions(host.reference("first"), GrantRequest(revoke: ["hooks"])))
            let reply = try await host.apply("first.made", [])
            #expect(reply["value"] == [] && reply["steps"]?.array?.first?["reason"] == "not granted: hooks handle of first.made")
        }
    }

    @Test func `handlers stand where they stood when the daemon starts again`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try await DaemonFixture.with(folder: folder) { host in
            try await host.createTenant()
            try await host.runAsking("second", handlers: ["add-b"], more: "hooks:\n" + Self.hook("first.made", "add-b"))
            try await host.runAsking("first", handlers: ["add-a"], more: Self.chain([("add-a", "kind: filter")]))
        }
        try await DaemonFixture.with(folder: folder) { host in
            let value = try await host.apply("first.made", [])["value"]
            #expect(value == ["b", "a"])
        }
    }

    @Test func `a plugin raises only events that it declares and was granted`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(
                "first", handlers: ["note"],
                more: """
                    permissions: [{resource: events, actions: [emit]}, {resource: hooks, actions: [handle]}]
                    events: [{name: first.told}]
                    hooks: [{event: first.told, handler: note, kind: action}]
                    """)
            #expect(try await host.ask("event/emit", ["event": "first.told", "value": 7], by: "first") == ["result": [:]])
            var told: JSONValue?
            for _ in 0..<100 where told == nil {
                told = try await host.call("state", of: "first")["told"]?.array?.first
                if told == nil { try await Task.sleep(for: .milliseconds(20)) }
            }
            #expect(told == ["first.told", 7, 0])
            for event in ["document.received", "second.told", "first.other"] {
                #expect(try await host.ask("event/emit", ["event": .string(event)], by: "first")["error"]?["code"] == -31994)
            }
        }
    }

    @Test func `events that raise events end at a depth of eight`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(
                "first", handlers: ["emit"],
                more: """
                    permissions: [{resource: events, actions: [emit]}, {resource: hooks, actions: [handle]}]
                    events: [{name: first.round}]
                    hooks: [{event: first.round, handler: emit, kind: action, deadline: 5s}]
                    """)
            _ = try await host.apply("first.round", ["event": "first.round"])
            var state: JSONValue = [:]
            for _ in 0..<200 where state["emitted"]?["error"] == nil {
                state = try await host.call("state", of: "first")
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(state["emitted"]?["error"]?["code"] == -31998, "\(state.compactText)")
            #expect(state["told"]?.array?.compactMap { $0.array?[2].integer } == (0...8).map { Int64($0) })
        }
    }

    private static let processing = """
        permissions:
          - {resource: documents, actions: [read, create], conditions: {media-types: ["text/*"]}}
          - {resource: hooks, actions: [handle]}
        hooks:
          - {event: document.received, handler: note, kind: action}
          - {event: document.content, handler: rewrite, kind: filter}
          - {event: document.metadata, handler: count, kind: filter}
          - {event: document.metadata, handler: lie, kind: filter, priority: 20}
          - {event: document.processed, handler: note, kind: action}
          - {event: document.deleted, handler: note, kind: action}
        """

    @Test func `a document that comes is told, processed into another with metadata, and told again`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(handlers: ["note", "rewrite", "count", "lie"], more: Self.processing)
            let id = try await host.put("hello")
            let result = try await host.send(.documentProcess(host.tenant, try DocumentID(id)))
            let made = result["document"]?.string ?? ""
            #expect(made != id && result["source"] == .string(id) && result["metadata"] == ["File": ["Size": 5]], "\(result.compactText)")
            #expect(try await host.send(.documentRead(host.tenant, try DocumentID(made), offset: 0, length: 9))["data"] == "SEVMTE8=")
            _ = try await host.send(.documentDelete(host.tenant, try DocumentID(id)))
            let told = try await host.call("state", of: "asking")["told"]?.array ?? []
            #expect(told.map { $0.array?[0] } == ["document.received", "document.processed", "document.deleted"])
            #expect(told[1].array?[1]["document"]?["document"] == .string(made))
        }
    }

    @Test func `a value that no event about documents has is refused before a handler sees it`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(handlers: ["note", "rewrite", "count", "lie"], more: Self.processing)
            let id = try await host.put("hello")
            func refusal(_ value: JSONValue) async -> Problem? {
                await problem { try await host.apply("document.metadata", value, document: id) }
            }
            let odd: [(JSONValue, String)] = [
                ([], "value: expected object, found array"), (["metadata": []], "value: /metadata: expected object, found array"),
                (["metadata": nil], "value: /metadata: expected object, found null"),
                (["metadata": ["EXIF": 7]], "value: /metadata/EXIF: expected object, found integer"),
            ]
            for (value, message) in odd {
                let refused = await refusal(value)
                #expect(refused?.code == .invalidInput && refused?.message == message, "\(refused.debugDescription)")
            }
            #expect(await refusal(["metadata": ["EXIF": [:]], "more": 7]) == nil)
        }
    }

    @Test func `a handler does not hear of documents that its plugin may not read`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(handlers: ["note", "rewrite", "count", "lie"], more: Self.processing)
            let id = try await host.put("GIF89a" + String(repeating: "\u{1}", count: 20))
            #expect(try await host.call("state", of: "asking")["told"] == [])
            let steps = try await host.send(.documentProcess(host.tenant, try DocumentID(id)))["steps"]?.array ?? []
            #expect(steps.count == 4 && steps.allSatisfy { $0["reason"]?.string?.contains("not granted: documents read of image/gif") == true })
        }
    }

    @Test func `a filter cannot put another's document in place of the one it was given`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(
                handlers: ["foreign"],
                more: """
                    permissions: [{resource: documents, actions: [read]}, {resource: hooks, actions: [handle]}]
                    hooks: [{event: document.content, handler: foreign, kind: filter}]
                    """)
            let id = try await host.put("hello")
            let result = try await host.send(.documentProcess(host.tenant, try DocumentID(id)))
            #expect(result["document"] == .string(id) && result["steps"]?.array?.first?["outcome"] == "failed")
        }
    }

    @Test func `a handler that must not fail keeps a document out`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(
                handlers: ["refuse"],
                more: """
                    permissions: [{resource: documents, actions: [read]}, {resource: hooks, actions: [handle]}]
                    hooks: [{event: document.received, handler: refuse, kind: action, onFailure: closed}]
                    """)
            let refused = await problem { try await host.put("a virus") }
            #expect(refused?.message == "event document.received was ended by handler asking/refuse: not for me")
            #expect(try await host.send(.documentList(host.tenant, cursor: nil, limit: 10))["documents"] == [])
        }
    }

    /// What became of a plugin's folder while the daemon was away.
    static let damages: [(String, from: String, to: String)] = [
        ("its profile is gone", "profile: python", "profile: nowhere"), ("its manifest is broken", "id: asking", "id: [asking"),
    ]

    @Test(arguments: damages) func `a handler that must not fail ends the run also where its plugin cannot be loaded`(
        damage: (String, from: String, to: String)
    ) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let manifest = folder + "/plugins-asking/plugin.yaml"
        try await DaemonFixture.with(folder: folder) { host in
            try await host.createTenant()
            try await host.runAsking(
                handlers: ["note"],
                more: """
                    permissions: [{resource: documents, actions: [read]}]
                    hooks: [{event: document.received, handler: note, kind: action, onFailure: closed}]
                    """)
            _ = try await host.put("looked at")
        }
        let whole = String(decoding: try DaemonFixture.contents(manifest), as: UTF8.self)
        try FileCopy.write(whole.replacing(damage.from, with: damage.to), to: manifest)
        try await DaemonFixture.with(folder: folder) { host in
            let refused = await problem { try await host.put("not looked at") }
            #expect(refused?.message.contains("asking") == true, "\(damage.0): \(String(describing: refused))")
            #expect(try await host.send(.documentList(host.tenant, cursor: nil, limit: 10))["documents"]?.array?.count == 1)
            // Nothing else of the tenant waits for it.
            #expect(try await host.apply("sync.started", [:])["failure"]?.isNull == true)
            try FileCopy.write(whole, to: manifest)
            _ = try await host.put("looked at again")
        }
    }

    @Test func `events that wait for their run are bounded in bytes, too`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(
                "first", handlers: ["slow"],
                more: """
                    permissions: [{resource: events, actions: [emit]}, {resource: hooks, actions: [handle]}]
                    events: [{name: first.told}]
                    hooks: [{event: first.told, handler: slow, kind: action, deadline: 20s}]
                    """)
            let value = JSONValue.string(String(repeating: "x", count: 1_000_000))
            var refused: JSONValue?
            for _ in 0..<24 where refused == nil {
                refused = try await host.ask("event/emit", ["event": "first.told", "value": value], by: "first")["error"]
            }
            #expect(refused?["code"] == -31991, "\(String(describing: refused))")
            // Small ones still find a place.
            #expect(try await host.ask("event/emit", ["event": "first.told", "value": 1], by: "first")["result"] != nil)
        }
    }

    @Test func `what a filter hands on and another replaces is removed only if it was made in this run`() async throws {
        let rules = """
            permissions:
              - {resource: documents, actions: [read, create]}
              - {resource: hooks, actions: [handle]}

            """
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(
                "first", handlers: ["earlier"],
                more: rules + "hooks: [{event: document.content, handler: earlier, kind: filter, priority: 1}]")
            try await host.runAsking(
                "second", handlers: ["rewrite"],
                more: rules + "hooks: [{event: document.content, handler: rewrite, kind: filter, priority: 2}]")
            _ = try await host.call("write", of: "first", ["path": "/exchange/out/kept.txt", "text": "kept"])
            let made = try await host.ask("document/create", ["path": "/exchange/out/kept.txt", "name": "kept.txt"], by: "first")
            let kept = made["result"]?["document"]?.string ?? ""
            _ = try await host.call("write", of: "first", ["path": "/data/earlier", "text": .string(kept)])
            let result = try await host.send(.documentProcess(host.tenant, try DocumentID(try await host.put("hello"))))
            #expect(result["steps"]?.array?.map { $0["outcome"] } == ["done", "done"], "\(result.compactText)")
            #expect(try await host.send(.documentShow(host.tenant, try DocumentID(kept)))["name"] == "kept.txt")
        }
    }

    @Test func `a document that a plugin deletes is told of like any other`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking("first", more: "permissions: [{resource: documents, actions: [delete]}]")
            try await host.runAsking(
                "second", handlers: ["note"],
                more: """
                    permissions: [{resource: documents, actions: [read]}]
                    hooks: [{event: document.deleted, handler: note, kind: action}]
                    """)
            let id = try await host.put("hello")
            #expect(try await host.ask("document/delete", ["document": .string(id)], by: "first") == ["result": [:]])
            var told: JSONValue?
            for _ in 0..<100 where told == nil {
                told = try await host.call("state", of: "second")["told"]?.array?.first
                if told == nil { try await Task.sleep(for: .milliseconds(20)) }
            }
            #expect(told?.array?[0] == "document.deleted" && told?.array?[1]["document"]?["document"] == .string(id))
        }
    }

    @Test func `a plugin that does not name its handlers does not come up`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let failed = await problem {
                try await host.runAsking(handlers: [], more: "hooks: [{event: document.received, handler: note, kind: action}]")
            }
            #expect(failed?.message.contains("handlers that the manifest promises but initialize does not name: note") == true)
        }
    }
}
