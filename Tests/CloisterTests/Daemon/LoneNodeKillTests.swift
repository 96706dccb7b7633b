import HostTesting
#if DEBUG
    import Control
    import Glibc
    import HostTesting
    import Model
    import Testing
    import Workflows

    @testable import cloister

    /// A real `cloister serve` that ends itself with SIGKILL before and after each commit of a run of one node, on real files: the
    /// next daemon brings it to its end, and it stays alone.
    @Suite(.serialized, .timeLimit(.minutes(10))) struct LoneNodeKillTests {
        private static let acme = TenantID(unchecked: "acme")
        private static let lone = WorkflowID(unchecked: "lone")
        private static let mender = WorkflowID(unchecked: "mender")

        private static let definition: JSONValue = [
            "id": "lone",
            "nodes": [
                ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "say"]]],
                [
                    "id": "say", "type": "action",
                    "config": [
                        "kind": "tool", "plugin": "probe", "tool": "echo", "idempotency": "idempotent",
                        "input": ["came": "${ .n }", "of": "${ $nodes.start.who }"], "output": ["text": "${ .of } ${ .came }"],
                    ],
                    "connections": [["to": "stop"]],
                ],
                ["id": "stop", "type": "action", "config": ["kind": "raise", "message": "nobody comes here"]],
            ],
        ]

        /// Begins when a run of the whole workflow has ended.
        private static let follower: JSONValue = [
            "id": "mender",
            "nodes": [
                ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "note"]]],
                ["id": "ended", "type": "trigger", "config": ["kind": "workflow", "workflow": "lone"], "connections": [["to": "note"]]],
                ["id": "note", "type": "action", "config": ["kind": "transform", "expression": "."]],
            ],
        ]

        private static func execute(_ daemon: KilledDaemon) async throws -> JSONValue {
            var options = RunRequest.Options()
            options.wait = .seconds(20)
            options.deduplication = "once"
            var node = RunRequest.NodeWish("say")
            node.version = "draft"
            node.outputs = ["start": ["who": "Ada"]]
            options.node = node
            return try await daemon.send(.run(.execute(acme, lone, input: ["n": 1], options)))
        }

        private static func runs(_ daemon: KilledDaemon) async throws -> [JSONValue] {
            let request = RunRequest.list(acme, workflow: nil, state: nil, needsPerson: false, cursor: nil, limit: 10)
            return try await daemon.send(.run(request))["runs"]?.array ?? []
        }

        @Test func `a daemon killed at any commit of one node's run is followed by one that ends it, once and alone`() async throws {
            try await TemporaryFolder.with { (folder) async throws in
                _ = try PackagedPlugin(folder: folder).pack("1.0.0")
                var kills = 0
                for step in 1...30 {
                    let place = "\(folder)/step\(step)"
                    mkdir(place, 0o755)
                    let wasKilled = try await KilledDaemon.with(place, packages: folder, killedAt: step, of: "run") { daemon in
                        _ = try await daemon.send(.tenantCreate(Self.acme, name: nil, QuotaChange()))
                        try await daemon.install("1.0.0")
                        for definition in [Self.definition, Self.follower] {
                            try await daemon.send(.workflow(.create(Self.acme, definition: definition)))
                        }
                        for id in [Self.lone, Self.mender] {
                            try await daemon.send(.workflow(.publish(Self.acme, id, revision: nil, note: nil)))
                            try await daemon.send(.workflow(.activate(Self.acme, id)))
                        }
                        _ = try? await Self.execute(daemon)
                    }
                    try await KilledDaemon.with(place, packages: folder) { daemon in
                        let run = try await Self.execute(daemon)
                        #expect(run["state"] == "succeeded" && run["node"] == "say" && run["version"] == 0, "step \(step): \(run)")
                        #expect(run["output"] == ["text": "Ada 1"], "step \(step): \(run)")
                        let id = try RunID(run["id"]?.string ?? "")
                        let log = try await daemon.send(.run(.logs(Self.acme, Self.lone, run: id, follow: false)))
                        #expect(log["steps"]?.array?.map { $0["step"] } == ["say"], "step \(step): \(log)")
                        #expect(try await Self.runs(daemon).count == 1, "step \(step)")
                    }
                    guard wasKilled else { break }
                    kills += 1
                }
                #expect((4..<30).contains(kills), "\(kills)")
            }
        }
    }
#endif
