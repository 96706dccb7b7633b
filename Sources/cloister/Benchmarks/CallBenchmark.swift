import CLinux
import Glibc
import Model
import NIOCore
import Supervisor

/// `tool/call` round trips to a sealed C plugin that echoes, beside a raw C ping-pong over pipes.
struct CallBenchmark: Benchmark {
    private static let batches = 10
    private static let rounds = 1000
    private static let flood = 300_000

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        let peer = try installation.peer
        return try await ScratchHost.with(installation) { host in
            let plugin = try host.plugin("echo", program: peer)
            let pool = try await host.pool(plugin, ["/plugin/cloister-peer", "echo"])
            try await pool.warm()
            try await Self.pin(pool)
            let executor = LoopTaskExecutor(pool.loop)
            var figures: [BenchmarkReport.Figure] = []
            for size in [64, 4096] {
                var ours = Samples()
                var theirs: [Double] = []
                for batch in 0..<Self.batches {
                    let samples = try await Task(executorPreference: executor) {
                        try await Self.roundTrips(pool, size: size, count: Self.rounds)
                    }.value
                    let other = try Self.pingPong(peer, size: size)
                    // The first batch warms caches and clocks.
                    guard batch > 0 else { continue }
                    for sample in samples { ours.add(sample) }
                    theirs.append(other)
                }
                figures.append(
                    BenchmarkReport.Figure(
                        name: "call.\(size).p50", unit: "us", value: ours.percentile(0.5), peer: "raw pipe ping-pong",
                        peerValue: theirs.sorted()[theirs.count / 2], target: .ratioAtMost(1.5)))
            }
            figures.append(
                BenchmarkReport.Figure(
                    name: "call.inflight64", unit: "calls/s", value: try await Self.throughput(pool, executor),
                    target: .valueAtLeast(150_000)))
            return figures
        }
    }

    /// The plugin on the last processor and the event loop on the first, as the peer's two ends are.
    private static func pin(_ pool: ChildPool) async throws {
        let last = Int32(sysconf(Int32(_SC_NPROCESSORS_ONLN))) - 1
        if let process = await pool.status().instances.first?.processID {
            for child in ProcessTable.descendants(of: process) { _ = cloister_pin(child, last) }
        }
        try await pool.loop.submit { _ = cloister_pin(0, 0) }.get()
    }

    static func parameters(size: Int) -> ByteBuffer {
        ByteBuffer(string: #"{"name":"echo","input":""# + String(repeating: "x", count: size) + #""}"#)
    }

    static func roundTrips(_ pool: ChildPool, size: Int, count: Int) async throws -> [Duration] {
        let parameters = parameters(size: size)
        var samples: [Duration] = []
        samples.reserveCapacity(count)
        for _ in 0..<count {
            let start = ContinuousClock.now
            _ = try await pool.call("tool/call", parameters, deadline: .seconds(30))
            samples.append(ContinuousClock.now - start)
        }
        return samples
    }

    private static func throughput(_ pool: ChildPool, _ executor: LoopTaskExecutor) async throws -> Double {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask(executorPreference: executor) {
                    let parameters = parameters(size: 64)
                    for _ in 0..<(flood / 64) { _ = try await pool.call("tool/call", parameters, deadline: .seconds(30)) }
                }
            }
            try await group.waitForAll()
        }
        return Double(flood / 64 * 64) / (Double((ContinuousClock.now - start).nanoseconds) / 1e9)
    }

    /// Microseconds, the median of the peer's own run.
    private static func pingPong(_ peer: String, size: Int) throws(Problem) -> Double {
        let text = try ProcessRun.output(peer, ["pingpong", String(size), String(rounds)])
        guard let nanoseconds = try JSONValue.parse(text, as: "cloister-peer")["p50ns"]?.number else {
            throw Problem(.internalFault, "cloister-peer pingpong printed no p50ns")
        }
        return nanoseconds / 1000
    }
}
