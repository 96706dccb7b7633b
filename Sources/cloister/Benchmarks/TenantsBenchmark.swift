import Control
import GRDB
import Glibc
import Model
import NIOCore
import Store

/// A thousand tenants on disk: how long the daemon needs to be ready, what the first request to a tenant costs whose
/// database is closed, and what a tenant notices while another one of 1 GiB is backed up.
struct TenantsBenchmark: Benchmark {
    private static let tenants = 1000
    private static let starts = 5
    /// First requests, each to a tenant of its own.
    private static let cold = 500
    private static let quiet = 500
    private static let mebibytes = 1024
    private static let large = TenantID(unchecked: "large")
    private static let other = TenantID(unchecked: "tenant-1")

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        let folder = try FileCopy.makeTemporaryFolder()
        let outcome: Result<[BenchmarkReport.Figure], any Error>
        do { outcome = .success(try await measure(installation, folder)) } catch { outcome = .failure(error) }
        try FileCopy.remove(folder)
        return try outcome.get()
    }

    private func measure(_ installation: Installation, _ folder: String) async throws -> [BenchmarkReport.Figure] {
        try await Self.prepare(folder + "/tenants")
        var starts: [Double] = []
        for round in 0...Self.starts {
            let start = try await StartBenchmark.start(installation, folder, "tenants")
            // The first one makes what a data folder has.
            if round > 0 { starts.append(start.milliseconds) }
        }
        let process = try ProcessRun.start(
            installation.folder + "/cloister", ["serve", "--config", folder + "/tenants.yaml"], output: nil)
        let outcome: Result<(cold: Samples, quiet: Samples, busy: Samples), any Error>
        do {
            outcome = .success(try await Self.ask(folder + "/tenants/control.sock"))
        } catch {
            outcome = .failure(error)
        }
        kill(process, SIGTERM)
        _ = try? ProcessRun.wait(for: process)
        let (cold, quiet, busy) = try outcome.get()
        return [
            BenchmarkReport.Figure(
                name: "tenants.ready", unit: "ms", value: StartBenchmark.median(starts), target: .valueAtMost(1000)),
            BenchmarkReport.Figure(
                name: "tenants.cold.p99", unit: "ms", value: cold.percentile(0.99) / 1000, target: .valueAtMost(20)),
            BenchmarkReport.Figure(
                name: "tenants.backup.p99", unit: "us", value: busy.percentile(0.99), peer: "quiet",
                peerValue: quiet.percentile(0.99), target: .ratioAtMost(2)),
        ]
    }

    private static func prepare(_ data: String) async throws {
        var options = Store.Options()
        options.registrySteps = Daemon.registrySteps
        options.tenantSteps = Daemon.tenantSteps
        let store = try await Store.open(data, options)
        for number in 1...tenants {
            let id = try TenantID("tenant-\(number)")
            _ = try await store.createTenant(id)
            // Makes the database.
            _ = try await store.tenant(id).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM document") }
        }
        var quota = Quota.ordinary
        quota.disk = .gibibytes(4)
        _ = try await store.createTenant(large, quota: quota)
        let tenant = try await store.tenant(large)
        for part in 0..<(mebibytes / 32) {
            try await tenant.write { database in
                for row in 0..<32 {
                    try database.execute(
                        sql: "INSERT INTO pluginStorage (plugin, key, value) VALUES ('bench', ?, randomblob(1048000))",
                        arguments: ["\(part)-\(row)"])
                }
            }
        }
        await store.close()
    }

    private static func ask(_ socket: String) async throws -> (cold: Samples, quiet: Samples, busy: Samples) {
        try await waitUntilReady(socket)
        var (cold, quiet, busy) = (Samples(), Samples(), Samples())
        for number in (tenants - Self.cold + 1)...tenants {
            let id = try TenantID("tenant-\(number)")
            cold.add(try await time(.documentList(id, cursor: nil, limit: 10), socket))
        }
        // A change, which waits for the disk.
        let request = ControlRequest.secretSet(other, name: "bench", SecretText("some value"))
        _ = try await time(request, socket)
        for _ in 0..<Self.quiet { quiet.add(try await time(request, socket)) }
        let isOver = Milestone()
        async let backup: Void = {
            defer { isOver.raise() }
            _ = try await ControlClient.withConnection(to: socket) { try await $0.send(.backup(.make(large))) }
        }()
        while !isOver.isRaised { busy.add(try await time(request, socket)) }
        try await backup
        for _ in 0..<Self.quiet { quiet.add(try await time(request, socket)) }
        return (cold, quiet, busy)
    }

    private static func time(_ request: ControlRequest, _ socket: String) async throws -> Duration {
        try await ControlClient.withConnection(to: socket) { client in
            let begin = ContinuousClock.now
            _ = try await client.send(request, deadline: .seconds(60))
            return ContinuousClock.now - begin
        }
    }

    private static func waitUntilReady(_ socket: String) async throws {
        for _ in 0..<400 {
            if (try? await time(.status, socket)) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Problem(.unreachable, "the daemon under test did not start", hint: "try `cloister serve --data DIR`")
    }
}
