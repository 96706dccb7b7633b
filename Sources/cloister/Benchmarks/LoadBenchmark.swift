import Model
import Supervisor

/// The slowest calls to a running plugin while a hundred others start, beside its own when nothing else happens.
struct LoadBenchmark: Benchmark {
    private static let starting = 100

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        let peer = try installation.peer
        return try await ScratchHost.with(installation) { host in
            let plugin = try host.plugin("echo", program: peer)
            let pool = try await host.pool(plugin, ["/plugin/cloister-peer", "echo"])
            try await pool.warm()
            let executor = LoopTaskExecutor(pool.loop)
            var others: [ChildPool] = []
            for number in 1...Self.starting {
                let other = try host.plugin("other-\(number)", program: peer)
                others.append(try await host.pool(other, ["/plugin/cloister-peer", "echo"]))
            }
            _ = try await measure(pool, executor) { $0 < 2000 }
            let quiet = try await measure(pool, executor) { $0 < 20_000 }
            let up = Milestone()
            let starts = Task { [others] in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for other in others { group.addTask { try await other.warm() } }
                    try await group.waitForAll()
                }
                up.raise()
            }
            let loaded = try await measure(pool, executor) { _ in !up.isRaised }
            try await starts.value
            return [
                BenchmarkReport.Figure(
                    name: "load.p99", unit: "us", value: loaded.percentile(0.99), peer: "quiet",
                    peerValue: quiet.percentile(0.99), target: .ratioAtMost(2)),
                BenchmarkReport.Figure(
                    name: "load.p50", unit: "us", value: loaded.percentile(0.5), peer: "quiet",
                    peerValue: quiet.percentile(0.5)),
            ]
        }
    }

    /// Calls one after the other for as long as asked.
    private func measure(
        _ pool: ChildPool, _ executor: LoopTaskExecutor, while goesOn: @escaping @Sendable (Int) -> Bool
    ) async throws -> Samples {
        try await Task(executorPreference: executor) {
            var samples = Samples()
            let parameters = CallBenchmark.parameters(size: 64)
            while goesOn(samples.count) {
                let start = ContinuousClock.now
                _ = try await pool.call("tool/call", parameters, deadline: .seconds(30))
                samples.add(ContinuousClock.now - start)
            }
            return samples
        }.value
    }
}
