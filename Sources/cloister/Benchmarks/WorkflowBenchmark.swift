import Control
import GRDB
import Glibc
import Model
import NIOCore
import Store
import Workflows

/// Runs of workflows through a daemon's control socket, from the call to the end that is told, beside the same chains of steps
/// under DBOS where its program is given.
struct WorkflowBenchmark: Benchmark {
    /// A program such as `Tests/bench/dbos_peer.py` with the interpreter before it; empty for no peer.
    let peer: [String]

    private static let rounds = 5
    private static let clients = 32
    private static let seconds = 5
    /// Runs of a neighbour that wait for their turn.
    private static let queued = 100_000
    private static let pending = 100_000
    private static let timers = 400
    private static let listed = 1_000_000
    private static let waiting = 5000

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        signal(SIGPIPE, SIG_IGN)
        let folder = try FileCopy.makeTemporaryFolder()
        let outcome: Result<[BenchmarkReport.Figure], any Error>
        do { outcome = .success(try await measure(installation, folder)) } catch { outcome = .failure(error) }
        try FileCopy.remove(folder)
        return try outcome.get()
    }

    private func measure(_ installation: Installation, _ folder: String) async throws -> [BenchmarkReport.Figure] {
        let dbos = peer.isEmpty ? nil : WorkflowPeer(command: peer, folder: folder)
        let (quiet, first) = try await served(installation, folder + "/quiet") { (site) async throws in
            (try await Self.neighbour(site), try await chains(site, dbos) + [try await waiting(site)])
        }
        let busy = try await served(installation, folder + "/busy", prepare: Self.flood) { (site) async throws in
            let busy = try await Self.neighbour(site)
            guard try await site.isBusy(WorkflowSite.neighbour) else {
                throw Problem(.internalFault, "the neighbour's runs ended before they were measured beside")
            }
            return busy
        }
        var figures = first + Self.figures(busy, beside: quiet)
        figures += try await served(installation, folder + "/large", prepare: Self.fill) { (site) async throws in
            [try await list(site), try await lag(site)]
        }
        return figures
    }

    // What is measured.

    private func chains(_ site: WorkflowSite, _ dbos: WorkflowPeer?) async throws -> [BenchmarkReport.Figure] {
        var (three, forty, durable) = (Samples(), Samples(), Samples())
        var (theirThree, theirForty) = (Samples(), Samples())
        for round in 0...Self.rounds {
            let mine = try await site.times("three", 40)
            let long = try await site.times("forty", 10)
            let safe = try await site.times("forty-durable", 10)
            let others = try dbos?.times(3, 20) ?? []
            let longer = try dbos?.times(40, 2) ?? []
            guard round > 0 else { continue }
            for time in mine { three.add(time) }
            for time in long { forty.add(time) }
            for time in safe { durable.add(time) }
            for time in others { theirThree.add(time) }
            for time in longer { theirForty.add(time) }
        }
        let rate = try await site.rate("three", clients: Self.clients, seconds: Self.seconds)
        let theirRate = try dbos?.rate(3, Self.clients, Self.seconds)
        let name = dbos.map { _ in "DBOS" }
        let long = theirForty.count > 0 ? theirForty.percentile(0.5) / 1000 : nil
        return [
            BenchmarkReport.Figure(
                name: "workflow.3steps.p50", unit: "ms", value: three.percentile(0.5) / 1000, peer: name,
                peerValue: name.map { _ in theirThree.percentile(0.5) / 1000 }, target: .valueAtMost(25)),
            BenchmarkReport.Figure(
                name: "workflow.3steps.p99", unit: "ms", value: three.percentile(0.99) / 1000, peer: name,
                peerValue: name.map { _ in theirThree.percentile(0.99) / 1000 }, target: .valueAtMost(100)),
            BenchmarkReport.Figure(
                name: "workflow.rps\(Self.clients)", unit: "/s", value: rate, peer: name, peerValue: theirRate, target: name.map { _ in .ratioAtLeast(20) }),
            BenchmarkReport.Figure(
                name: "workflow.40steps", unit: "ms", value: forty.percentile(0.5) / 1000, peer: name, peerValue: long,
                target: name.map { _ in .ratioAtMost(0.25) }),
            BenchmarkReport.Figure(
                name: "workflow.40steps.durable", unit: "ms", value: durable.percentile(0.5) / 1000, peer: name, peerValue: long),
        ]
    }

    private static func neighbour(_ site: WorkflowSite) async throws -> Samples {
        _ = try await site.times("three", 50)
        var samples = Samples()
        for time in try await site.times("three", 300) { samples.add(time) }
        return samples
    }

    private static func figures(_ busy: Samples, beside quiet: Samples) -> [BenchmarkReport.Figure] {
        [
            BenchmarkReport.Figure(
                name: "workflow.neighbour.p99", unit: "ms", value: busy.percentile(0.99) / 1000, peer: "quiet",
                peerValue: quiet.percentile(0.99) / 1000, target: .ratioAtMost(2)),
            BenchmarkReport.Figure(
                name: "workflow.neighbour.p50", unit: "ms", value: busy.percentile(0.5) / 1000, peer: "quiet",
                peerValue: quiet.percentile(0.5) / 1000),
        ]
    }

    private func list(_ site: WorkflowSite) async throws -> BenchmarkReport.Figure {
        var samples = Samples()
        for page in 0..<100 {
            let cursor = page == 0 ? nil : "\(Self.age(page * 9999)).\(Self.name(page * 9999))"
            samples.add(try await site.list(after: cursor))
        }
        return BenchmarkReport.Figure(
            name: "workflow.list", unit: "ms", value: samples.percentile(0.99) / 1000, target: .valueAtMost(20))
    }

    private func waiting(_ site: WorkflowSite) async throws -> BenchmarkReport.Figure {
        try await site.begin("later", Self.waiting / 5)
        let before = site.residentBytes
        try await site.begin("later", Self.waiting)
        return BenchmarkReport.Figure(
            name: "workflow.waiting", unit: "KiB", value: max(0, site.residentBytes - before) / Double(Self.waiting) / 1024,
            target: .valueAtMost(2))
    }

    private func lag(_ site: WorkflowSite) async throws -> BenchmarkReport.Figure {
        var samples = Samples()
        for lag in try await site.lags(of: Self.timers) { samples.add(.milliseconds(lag)) }
        return BenchmarkReport.Figure(
            name: "timers.lag.p99", unit: "ms", value: samples.percentile(0.99) / 1000, target: .valueAtMost(50))
    }

    // What is there before the daemon starts.

    private static func name(_ index: Int) -> String { "run-" + String(index + (1 << 32), radix: 16) }
    private static func age(_ index: Int) -> Int64 { 1_780_000_000_000 + Int64(index) }

    /// A neighbour with more to do than it can.
    private static func flood(_ store: Store) async throws {
        let definition = WorkflowSite.definitions[0]
        try await WorkflowSite.publish([definition], for: WorkflowSite.neighbour, in: store)
        try await insert(queued, "queued", wake: nil, workflow: "three", for: WorkflowSite.neighbour, in: store)
    }

    /// A million runs that have ended, and many that wait for tomorrow.
    private static func fill(_ store: Store) async throws {
        try await insert(listed, "over", wake: nil, workflow: "three", for: WorkflowSite.tenant, in: store)
        let tomorrow = Timestamp.now.milliseconds + 86_400_000
        try await insert(pending, "waiting", wake: tomorrow, workflow: "later", first: listed, for: WorkflowSite.tenant, in: store)
    }

    private static func insert(
        _ count: Int, _ phase: String, wake: Int64?, workflow: String, first: Int = 0, for tenant: TenantID, in store: Store
    ) async throws {
        let tenant = try await store.tenant(tenant)
        let state = phase == "over" ? "succeeded" : "running"
        for part in stride(from: first, to: first + count, by: 20_000) {
            try await tenant.write { database in
                let statement = try database.cachedStatement(
                    sql: """
                        INSERT INTO workflowRun (id, workflow, version, "trigger", state, phase, priority, isPaused, needsPerson, input,
                            output, began, ended, wake, depth)
                        VALUES (?, ?, 1, 'start', ?, ?, 0, 0, 0, '0', ?, ?, ?, ?, 0)
                        """)
                for index in part..<min(part + 20_000, first + count) {
                    let isOver = phase == "over"
                    // Old runs would go at the first look; these have just ended.
                    try statement.execute(arguments: [
                        name(index), workflow, state, phase, isOver ? "3" : nil, age(index), isOver ? Timestamp.now.milliseconds : nil, wake,
                    ])
                }
            }
        }
    }

    private func served<Value>(
        _ installation: Installation, _ folder: String, prepare: (Store) async throws -> Void = { _ in },
        _ body: (WorkflowSite) async throws -> Value
    ) async throws -> Value {
        var options = Store.Options()
        options.registrySteps = Daemon.registrySteps
        options.tenantSteps = Daemon.tenantSteps
        let store = try await Store.open(folder, options)
        for tenant in [WorkflowSite.tenant, WorkflowSite.neighbour] {
            var quota = Quota.ordinary
            quota.disk = .gibibytes(4)
            _ = try await store.createTenant(tenant, quota: quota)
        }
        try await WorkflowSite.publish(WorkflowSite.definitions, for: WorkflowSite.tenant, in: store)
        try await prepare(store)
        await store.close()
        let configuration = folder + ".yaml"
        // So many runs as are made here must not be too many.
        try FileCopy.write("data: \(folder)\nlog: {level: error}\nworkflows: {keep-runs: 10000000}\n", to: configuration)
        let process = try ProcessRun.start(installation.folder + "/cloister", ["serve", "--config", configuration], output: nil)
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try await body(try await WorkflowSite.reach(process, folder + "/control.sock")))
        } catch {
            outcome = .failure(error)
        }
        kill(process, SIGTERM)
        _ = try? ProcessRun.wait(for: process)
        return try outcome.get()
    }
}
