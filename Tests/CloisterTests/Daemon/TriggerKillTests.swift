import HostTesting
#if DEBUG
    import Control
    import Glibc
    import HostTesting
    import Model
    import Testing
    import Workflows

    @testable import cloister

    /// A real `cloister serve` that ends itself with SIGKILL around what begins runs, on real files: the next daemon goes on from
    /// what was accepted.
    @Suite(.serialized, .timeLimit(.minutes(10))) struct TriggerKillTests {
        private static let acme = TenantID(unchecked: "acme")
        private static let burst = WorkflowID(unchecked: "burst")
        private static let watch = WorkflowID(unchecked: "watch")

        private static func definition(_ id: WorkflowID, _ trigger: JSONValue, settings: JSONValue = [:]) -> JSONValue {
            [
                "id": .string(id.rawValue), "settings": settings,
                "nodes": [
                    ["id": "start", "type": "trigger", "config": trigger, "connections": [["to": "note"]]],
                    ["id": "note", "type": "action", "config": ["kind": "transform", "expression": "."]],
                ],
            ]
        }

        private static func runs(of workflow: WorkflowID, _ daemon: KilledDaemon) async throws -> [JSONValue] {
            let request = RunRequest.list(acme, workflow: workflow, state: nil, needsPerson: false, cursor: nil, limit: 100)
            return try await daemon.send(.run(request))["runs"]?.array ?? []
        }

        /// Two starts, each with a key of its own, which shortly after each other become one.
        private static func start(_ daemon: KilledDaemon) async throws {
            for number in 1...2 {
                var options = RunRequest.Options()
                options.deduplication = "start \(number)"
                try await daemon.send(.run(.execute(acme, burst, input: ["n": JSONValue(number)], options)))
            }
        }

        /// Whether all that was accepted has ended.
        private static func isOver(_ workflow: WorkflowID, _ daemon: KilledDaemon, atLeast count: Int) async -> Bool {
            guard let runs = try? await runs(of: workflow, daemon), runs.count >= count else { return false }
            return runs.allSatisfy { $0["state"] != "running" }
        }

        @Test func `a start that waits for others is neither lost nor made twice by a kill at any of its commits`() async throws {
            try await TemporaryFolder.with { (folder) async throws in
                var kills = 0
                for step in 1...30 {
                    let place = "\(folder)/step\(step)"
                    mkdir(place, 0o755)
                    let wasKilled = try await KilledDaemon.with(place, packages: folder, killedAt: step, of: "run") { daemon in
                        _ = try await daemon.send(.tenantCreate(Self.acme, name: nil, QuotaChange()))
                        let definition = Self.definition(
                            Self.burst, ["kind": "manual"], settings: ["debounce": ["quiet": "500ms"]])
                        try await daemon.send(.workflow(.create(Self.acme, definition: definition)))
                        try await daemon.send(.workflow(.publish(Self.acme, Self.burst, revision: nil, note: nil)))
                        guard (try? await Self.start(daemon)) != nil else { return }
                        _ = await eventually {
                            guard (try? await daemon.send(.status)) != nil else { return true }
                            return await Self.isOver(Self.burst, daemon, atLeast: 2)
                        }
                    }
                    try await KilledDaemon.with(place, packages: folder) { daemon in
                        // Whoever had no answer asks again, with the same key.
                        try await Self.start(daemon)
                        #expect(await eventually { await Self.isOver(Self.burst, daemon, atLeast: 2) }, "step \(step)")
                        let runs = try await Self.runs(of: Self.burst, daemon)
                        #expect(runs.count == 2, "step \(step): \(runs)")
                        // The last is the one that begins; the first, too, where its time passed while no daemon was there.
                        let states = runs.filter { $0["input"]?["n"] == 2 }.map { $0["state"]?.string }
                        #expect(states == ["succeeded"], "step \(step): \(runs)")
                        let first = runs.first { $0["input"]?["n"] == 1 }?["state"]?.string
                        #expect(["succeeded", "cancelled"].contains(first), "step \(step): \(runs)")
                    }
                    guard wasKilled else { break }
                    kills += 1
                }
                #expect((4..<30).contains(kills), "\(kills)")
            }
        }

        @Test(arguments: 1...4)
        func `what a poll has found, and where it goes on, outlives a kill around its commit`(step: Int) async throws {
            // Each poll gives two items that stay, and one that says how often was asked.
            let config: JSONValue = [
                "kind": "poll", "plugin": "probe", "tool": "echo", "every": "10s", "first": "all", "items": ".items", "id": ".id",
                "cursor": ".count",
                "input": ["count": "${ (.cursor // 0) + 1 }", "items": [["id": "a"], ["id": "b"], ["id": "poll ${ (.cursor // 0) + 1 }"]]],
            ]
            try await TemporaryFolder.with { (folder) async throws in
                _ = try PackagedPlugin(folder: folder).pack("1.0.0")
                let place = "\(folder)/place"
                mkdir(place, 0o755)
                let wasKilled = try await KilledDaemon.with(place, packages: folder, killedAt: step, of: "run") { daemon in
                    _ = try await daemon.send(.tenantCreate(Self.acme, name: nil, QuotaChange()))
                    try await daemon.install("1.0.0")
                    try await daemon.send(.workflow(.create(Self.acme, definition: Self.definition(Self.watch, config))))
                    try await daemon.send(.workflow(.publish(Self.acme, Self.watch, revision: nil, note: nil)))
                    // The daemon may be gone before it has answered.
                    _ = try? await daemon.send(.workflow(.activate(Self.acme, Self.watch)))
                    _ = await eventually { (try? await daemon.send(.status)) == nil }
                }
                #expect(wasKilled)
                try await KilledDaemon.with(place, packages: folder) { daemon in
                    #expect(await eventually { await Self.isOver(Self.watch, daemon, atLeast: 4) })
                    let found = try await Self.runs(of: Self.watch, daemon).compactMap { $0["input"]?["id"]?.string }.sorted()
                    #expect(Array(found.prefix(4)) == ["a", "b", "poll 1", "poll 2"], "\(found)")
                    #expect(Set(found).count == found.count, "\(found)")
                }
            }
        }
    }
#endif
