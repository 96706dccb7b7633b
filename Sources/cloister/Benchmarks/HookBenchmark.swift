import CLinux
import Glibc
import Logging
import Model
import NIOCore
import Plugins
import Sandbox
import Store
import Supervisor

/// A filter through a chain of five sealed C plugins that echo, beside one `tool/call` round trip to the first of them.
///
/// The whole way is measured: order, grants, deadlines, rules and counts, as for any event of a daemon.
struct HookBenchmark: Benchmark {
    private static let batches = 10
    private static let rounds = 1000
    private static let chain = 5
    private static let event = "chain-1.passed"

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        signal(SIGPIPE, SIG_IGN)
        var template = Array("/tmp/cloister-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Problem(systemCall: "mkdtemp") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var configuration = DaemonConfiguration()
        configuration.data = folder + "/data"
        let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let daemon = try await Daemon(configuration, installation, logger)
        let outcome: Result<[BenchmarkReport.Figure], any Error>
        do {
            outcome = .success(try await measure(daemon.host, folder, try installation.peer, daemon))
        } catch {
            outcome = .failure(error)
        }
        await daemon.shutDown()
        try FileCopy.remove(folder)
        return try outcome.get()
    }

    private func measure(
        _ host: PluginHost, _ folder: String, _ peer: String, _ daemon: Daemon
    ) async throws -> [BenchmarkReport.Figure] {
        let supervisor = daemon.supervisor
        let tenant = try await daemon.store.createTenant(try TenantID("bench")).id
        for number in 1...Self.chain {
            _ = try await host.run(folder: try plugin(number, folder, peer), for: tenant, configuration: nil)
        }
        let first = try await host.pool(of: try PluginID("chain-1"), for: tenant)
        try await pin(host, tenant, first)
        let executor = supervisor.executor(of: tenant)
        let value = ByteBuffer(string: "\"" + String(repeating: "x", count: 64) + "\"")
        try Self.check(try await host.trace(Self.event, value, document: nil, for: tenant))
        var ours = Samples()
        var theirs = Samples()
        var each = Samples()
        let pools = try await Self.pools(host, tenant)
        for batch in 0..<Self.batches {
            let chains = try await Task(executorPreference: executor) {
                try await Self.time { _ = try await host.filter(Self.event, value, for: tenant) }
            }.value
            let calls = try await Task(executorPreference: executor) {
                let parameters = CallBenchmark.parameters(size: 64)
                return try await Self.time { _ = try await first.call("tool/call", parameters, deadline: .seconds(30)) }
            }.value
            let rounds = try await Task(executorPreference: executor) {
                let parameters = CallBenchmark.parameters(size: 64)
                return try await Self.time {
                    for pool in pools { _ = try await pool.call("tool/call", parameters, deadline: .seconds(30)) }
                }
            }.value
            // The first batch warms caches and clocks.
            guard batch > 0 else { continue }
            for sample in chains { ours.add(sample) }
            for sample in calls { theirs.add(sample) }
            for sample in rounds { each.add(sample) }
        }
        return [
            BenchmarkReport.Figure(
                name: "hooks.chain5", unit: "us", value: ours.percentile(0.5), peer: "one tool/call",
                peerValue: theirs.percentile(0.5), target: .ratioAtMost(5.5)),
            BenchmarkReport.Figure(
                name: "hooks.calls5", unit: "us", value: each.percentile(0.5), peer: "one tool/call",
                peerValue: theirs.percentile(0.5)),
        ]
    }

    private static func pools(_ host: PluginHost, _ tenant: TenantID) async throws -> [ChildPool] {
        var pools: [ChildPool] = []
        for number in 1...chain { pools.append(try await host.pool(of: try PluginID("chain-\(number)"), for: tenant)) }
        return pools
    }

    /// A chain of which a part is passed over would be a fast one.
    private static func check(_ report: HookReport) throws(Problem) {
        let done = report.steps.count { if case .done = $0.outcome { true } else { false } }
        guard done < chain else { return }
        let reasons = report.steps.map { "\($0.attachment.handler.plugin): \($0.outcome)" }.joined(separator: "; ")
        throw Problem(.internalFault, "only \(done) of \(chain) handlers were asked: \(reasons)")
    }

    private static func time(_ body: () async throws -> Void) async throws -> [Duration] {
        var samples: [Duration] = []
        samples.reserveCapacity(rounds)
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            try await body()
            samples.append(ContinuousClock.now - start)
        }
        return samples
    }

    /// The plugins on the last processor and their event loop on the first, as `bench call` has it.
    private func pin(_ host: PluginHost, _ tenant: TenantID, _ first: ChildPool) async throws {
        let last = Int32(sysconf(Int32(_SC_NPROCESSORS_ONLN))) - 1
        for status in await host.statuses {
            for instance in status.instances {
                guard let process = instance.processID else { continue }
                for child in ProcessTable.descendants(of: process) { _ = cloister_pin(child, last) }
            }
        }
        try await first.loop.submit { _ = cloister_pin(0, 0) }.get()
    }

    private func plugin(_ number: Int, _ folder: String, _ peer: String) throws(Problem) -> String {
        let place = "\(folder)/chain-\(number)"
        guard mkdir(place, 0o755) == 0 else { throw Problem(systemCall: "mkdir \(place)") }
        try FileCopy.copy(peer, to: place + "/cloister-peer")
        try FileCopy.write(
            """
            id: chain-\(number)
            name: Echo \(number)
            version: 1.0.0
            description: Gives every value back
            category: processing
            protocol: cloister/1
            command: [./cloister-peer, echo]
            permissions:
              - {resource: hooks, actions: [handle], conditions: {names: [\(Self.event)]}, purpose: Takes part}
            hooks:
              - {event: \(Self.event), handler: echo, kind: filter, priority: \(number)}
            \(number == 1 ? "events: [{name: \(Self.event), kind: filter}]" : "")
            tools:
              - {name: echo, description: Returns its input, input: {type: object}}

            """, to: place + "/plugin.yaml")
        return place
    }
}
