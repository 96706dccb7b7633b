import HostTesting
#if DEBUG
    import Control
    import Glibc
    import HostTesting
    import Model
    import Testing
    import Workflows

    @testable import cloister

    /// A real `cloister serve` that ends itself with SIGKILL before and after each commit of its runs in turn, on real files: the
    /// next daemon brings everything to its end, once.
    @Suite(.serialized, .timeLimit(.minutes(15))) struct RunKillTests {
        private static let acme = TenantID(unchecked: "acme")

        private static func node(_ id: String, _ type: String, _ config: JSONValue, to next: String? = nil) -> JSONValue {
            var members: [String: JSONValue] = ["id": .string(id), "type": .string(type), "config": config]
            members["connections"] = next.map { [["to": .string($0)]] }
            return .object(members)
        }

        private static let echo: JSONValue = ["kind": "tool", "plugin": "probe", "tool": "echo", "idempotency": "idempotent"]

        /// A run with an effect that has another run as a step, fails, and is mended by a third.
        private static let definitions: [JSONValue] = [
            [
                "id": "mender",
                "nodes": [
                    node("start", "trigger", ["kind": "manual"], to: "note"),
                    node("note", "action", ["kind": "transform", "expression": ".error.message"]),
                ],
            ],
            [
                "id": "child", "settings": ["durability": "durable"],
                "nodes": [
                    node("start", "trigger", ["kind": "manual"], to: "add"),
                    node("add", "action", ["kind": "transform", "expression": "{n: (.n + 1)}"], to: "say"), node("say", "action", echo),
                ],
            ],
            [
                "id": "parent", "settings": ["errorHandler": "mender"],
                "nodes": [
                    node("start", "trigger", ["kind": "manual"], to: "say"), node("say", "action", echo, to: "call"),
                    node("call", "action", ["kind": "workflow", "workflow": "child"], to: "rest"),
                    node("rest", "action", ["kind": "wait", "for": "1ms"], to: "stop"),
                    node("stop", "action", ["kind": "raise", "message": "no more than ${ .n }"]),
                ],
            ],
        ]

        private static func runs(of workflow: String, _ daemon: KilledDaemon) async throws -> [JSONValue] {
            let request = RunRequest.list(
                acme, workflow: WorkflowID(unchecked: workflow), state: nil, needsPerson: false, cursor: nil, limit: 10)
            return try await daemon.send(.run(request))["runs"]?.array ?? []
        }

        private static func execute(_ daemon: KilledDaemon) async throws -> JSONValue {
            var options = RunRequest.Options()
            options.wait = .seconds(20)
            options.deduplication = "once"
            return try await daemon.send(.run(.execute(acme, WorkflowID(unchecked: "parent"), input: ["n": 1], options)))
        }

        private static func isMended(_ daemon: KilledDaemon) async throws -> Bool {
            try await runs(of: "mender", daemon).contains { $0["state"] == "succeeded" }
        }

        @Test func `a daemon killed at any commit of its runs is followed by one that ends each of them, once`() async throws {
            try await TemporaryFolder.with { (folder) async throws in
                _ = try PackagedPlugin(folder: folder).pack("1.0.0")
                var kills = 0
                for step in 1...80 {
                    let place = "\(folder)/step\(step)"
                    mkdir(place, 0o755)
                    let wasKilled = try await KilledDaemon.with(place, packages: folder, killedAt: step, of: "run") { daemon in
                        _ = try await daemon.send(.tenantCreate(Self.acme, name: nil, QuotaChange()))
                        try await daemon.install("1.0.0")
                        for definition in Self.definitions {
                            let id = WorkflowID(unchecked: definition["id"]?.string ?? "")
                            try await daemon.send(.workflow(.create(Self.acme, definition: definition)))
                            try await daemon.send(.workflow(.publish(Self.acme, id, revision: nil, note: nil)))
                        }
                        guard (try? await Self.execute(daemon)) != nil else { return }
                        _ = await eventually { (try? await Self.isMended(daemon)) ?? true }
                    }
                    try await KilledDaemon.with(place, packages: folder) { daemon in
                        // Whoever had no answer asks again, with the same key.
                        let parent = try await Self.execute(daemon)
                        #expect(parent["state"] == "failed", "step \(step): \(parent)")
                        #expect(parent["error"]?["message"] == "no more than 2", "step \(step): \(parent)")
                        #expect(await eventually { (try? await Self.isMended(daemon)) ?? false }, "step \(step)")
                        #expect(try await Self.runs(of: "parent", daemon).count == 1, "step \(step)")
                        #expect(try await Self.runs(of: "child", daemon).map { $0["state"] } == ["succeeded"], "step \(step)")
                        #expect(try await Self.runs(of: "mender", daemon).map { $0["output"] } == ["no more than 2"], "step \(step)")
                    }
                    guard wasKilled else { break }
                    kills += 1
                }
                #expect((15..<80).contains(kills), "\(kills)")
            }
        }
    }
#endif
