import Control
import Glibc
import Model
import NIOCore
import Store
import Tenancy
import Workflows

/// A daemon with workflows, as a benchmark reaches it.
struct WorkflowSite: Sendable {
    static let tenant = TenantID(unchecked: "bench")
    static let neighbour = TenantID(unchecked: "neighbour")

    let process: pid_t
    let socket: String

    /// A durable chain of three steps, a checkpointed one of forty, one that waits for a day, and one that waits as long as it is
    /// told.
    static let definitions: [JSONValue] = [
        chain("three", 3, "durable"), chain("forty", 40, "checkpointed"), chain("forty-durable", 40, "durable"), wait("later", "24h"), wait("soon", "${ .wait }"),
    ]

    private static func chain(_ name: String, _ steps: Int, _ durability: String) -> JSONValue {
        var nodes: [JSONValue] = [node("start", "trigger", ["kind": "manual"], next: "step-1")]
        for step in 1...steps {
            nodes.append(
                node("step-\(step)", "action", ["kind": "transform", "expression": ". + 1"], next: step < steps ? "step-\(step + 1)" : nil))
        }
        return ["id": .string(name), "settings": ["durability": .string(durability)], "nodes": .array(nodes)]
    }

    private static func wait(_ name: String, _ time: String) -> JSONValue {
        [
            "id": .string(name),
            "nodes": [
                node("start", "trigger", ["kind": "manual"], next: "wait"),
                node("wait", "action", ["kind": "wait", "for": .string(time)], next: nil),
            ],
        ]
    }

    private static func node(_ id: String, _ type: String, _ config: JSONValue, next: String?) -> JSONValue {
        var members: [String: JSONValue] = ["id": .string(id), "type": .string(type), "config": config]
        members["connections"] = next.map { [["to": .string($0)]] }
        return .object(members)
    }

    static func publish(_ definitions: [JSONValue], for tenant: TenantID, in store: Store) async throws {
        let library = WorkflowLibrary(store, WorkflowLibrary.Ports())
        for definition in definitions {
            let draft = try await library.save(definition, for: .create, of: tenant, by: "bench")
            _ = try await library.publish(draft.record.id, of: tenant, by: "bench")
        }
    }

    static func reach(_ process: pid_t, _ socket: String) async throws -> WorkflowSite {
        let site = WorkflowSite(process: process, socket: socket)
        for _ in 0..<1200 {
            if (try? await site.send(.status)) != nil { return site }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Problem(.unreachable, "the daemon under test did not start", hint: "try `cloister serve --data DIR`")
    }

    /// Of so many runs, one after the other, from the call to the end.
    func times(_ workflow: String, _ count: Int) async throws -> [Duration] {
        let request = Self.execute(workflow, 0)
        return try await ControlClient.withConnection(to: socket) { client in
            var times: [Duration] = []
            for _ in 0..<count {
                let start = ContinuousClock.now
                try Self.check(JSONValue(parsing: try await client.send(request, deadline: .seconds(60))))
                times.append(ContinuousClock.now - start)
            }
            return times
        }
    }

    /// Runs per second of so many clients, each of which begins its next run when the last has ended.
    func rate(_ workflow: String, clients: Int, seconds: Int) async throws -> Double {
        let request = Self.execute(workflow, 0)
        let socket = socket
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<clients {
                group.addTask {
                    try await ControlClient.withConnection(to: socket) { client in
                        var count = 0
                        while ContinuousClock.now < end {
                            try Self.check(JSONValue(parsing: try await client.send(request, deadline: .seconds(60))))
                            count += 1
                        }
                        return count
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
    }

    /// Begins so many runs, and returns when none of them needs memory any more.
    func begin(_ workflow: String, _ count: Int) async throws {
        try await ControlClient.withConnection(to: socket) { client in
            for _ in 0..<count {
                _ = try await client.send(.run(.execute(Self.tenant, WorkflowID(workflow), input: 0, .init())), deadline: .seconds(60))
            }
        }
        try await Task.sleep(for: .seconds(2))
    }

    func list(after cursor: String?) async throws -> Duration {
        var query = RunRequest.Query()
        (query.cursor, query.limit) = (cursor, 100)
        let request = RunRequest.list(Self.tenant, query)
        let start = ContinuousClock.now
        _ = try await send(.run(request))
        return ContinuousClock.now - start
    }

    /// Whether runs of the tenant have not ended.
    func isBusy(_ tenant: TenantID) async throws -> Bool {
        var query = RunRequest.Query()
        (query.state, query.limit) = ("running", 1)
        let request = RunRequest.list(tenant, query)
        return JSONValue(parsing: try await send(.run(request)))["runs"]?.array?.isEmpty == false
    }

    /// Milliseconds between the time to which each of so many runs waited and that at which it went on.
    func lags(of count: Int) async throws -> [Int] {
        let spans = (0..<count).map { 2000 + $0 * 20 }
        let ids = try await ControlClient.withConnection(to: socket) { client in
            var ids: [RunID] = []
            for span in spans {
                let input: JSONValue = ["wait": .string("\(span)ms")]
                let reply = try await client.send(.run(.execute(Self.tenant, WorkflowID("soon"), input: input, .init())), deadline: .seconds(60))
                ids.append(try RunID(JSONValue(parsing: reply)["id"]?.string ?? ""))
            }
            return ids
        }
        try await Task.sleep(for: .milliseconds(2000 + count * 20 + 3000))
        var lags: [Int] = []
        for (id, span) in zip(ids, spans) {
            let log = JSONValue(parsing: try await send(.run(.logs(Self.tenant, WorkflowID("soon"), run: id, follow: false))))
            let step = log["steps"]?.array?.first { $0["step"] == "wait" }
            guard let began = step?["began"]?.string, let ended = step?["ended"]?.string else {
                throw Problem(.internalFault, "run \(id) did not go on: \(log["run"]?["state"]?.string ?? "?")")
            }
            let waited = try Timestamp(ended, at: "ended").milliseconds - Timestamp(began, at: "began").milliseconds
            lags.append(max(0, Int(waited) - span))
        }
        return lags
    }

    var residentBytes: Double { Double(Memory.resident(of: String(process))) }

    private func send(_ request: ControlRequest) async throws -> ByteBuffer {
        try await ControlClient.withConnection(to: socket) { try await $0.send(request, deadline: .seconds(120)) }
    }

    private static func execute(_ workflow: String, _ input: JSONValue) -> ControlRequest {
        var options = RunRequest.Options()
        options.wait = .seconds(60)
        return .run(.execute(tenant, WorkflowID(unchecked: workflow), input: input, options))
    }

    private static func check(_ run: JSONValue) throws(Problem) {
        guard run["state"] == "succeeded" else { throw Problem(.internalFault, "a run did not succeed: \(run.compactText.prefix(300))") }
    }
}

extension JSONValue {
    fileprivate init(parsing buffer: ByteBuffer) { self = (try? JSONValue.parse(Array(buffer.readableBytesView), as: "a reply")) ?? .null }
}
