import Egress
import Glibc
import Model
import NIOCore
import Plugins
import Sandbox
import Supervisor

/// Bytes and connections through the way out of a sealed child, beside the same over the loopback address directly.
struct EgressBenchmark: Benchmark {
    private static let bytes = 1 << 30
    private static let rounds = 5
    private static let connections = 1000

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        let peer = try installation.peer
        let large = try BenchmarkOrigin(peer, bytes: Self.bytes)
        defer { large.stop() }
        let empty = try BenchmarkOrigin(peer, bytes: 0)
        defer { empty.stop() }
        return try await ScratchHost.with(installation) { host in
            let way = try ScratchEgress(to: [large.port, empty.port], allowing: [large.port, empty.port])
            do {
                let plugin = try host.plugin("egress", program: peer)
                let pool = try await host.pool(plugin, ["/plugin/cloister-peer", "echo"], egress: way)
                try await pool.warm()
                let figures = [
                    try await throughput(pool, peer, large.port), try await connecting(pool, peer, empty.port),
                ]
                await way.egress.shutDown()
                return figures
            } catch {
                await way.egress.shutDown()
                throw error
            }
        }
    }

    private func throughput(_ pool: ChildPool, _ peer: String, _ port: Int) async throws -> BenchmarkReport.Figure {
        var (ours, theirs): ([Double], [Double]) = ([], [])
        for round in 0..<Self.rounds {
            let direct = try Self.rate(
                try JSONValue.parse(try ProcessRun.output(peer, ["fetch", String(port)]), as: "cloister-peer"))
            let sealed = try Self.rate(try await Self.call(pool, "fetch", ["port": JSONValue(port), "proxy": Self.proxy]))
            // The first round warms caches and windows.
            guard round > 0 else { continue }
            theirs.append(direct)
            ours.append(sealed)
        }
        return BenchmarkReport.Figure(
            name: "egress.throughput", unit: "MiB/s", value: ours.sorted()[ours.count / 2], peer: "loopback directly",
            peerValue: theirs.sorted()[theirs.count / 2], target: .ratioAtLeast(0.5))
    }

    private func connecting(_ pool: ChildPool, _ peer: String, _ port: Int) async throws -> BenchmarkReport.Figure {
        let direct = try JSONValue.parse(
            try ProcessRun.output(peer, ["connects", String(port), String(Self.connections)]), as: "cloister-peer")
        let sealed = try await Self.call(
            pool, "connects", ["port": JSONValue(port), "proxy": Self.proxy, "rounds": JSONValue(Self.connections)])
        return BenchmarkReport.Figure(
            name: "egress.connect.p50", unit: "us", value: try Self.nanoseconds(sealed) / 1000, peer: "connect directly",
            peerValue: try Self.nanoseconds(direct) / 1000)
    }

    private static var proxy: JSONValue { JSONValue(Int(PluginSandbox.egressPort)) }

    private static func call(_ pool: ChildPool, _ tool: String, _ input: JSONValue) async throws -> JSONValue {
        let parameters: JSONValue = ["name": .string(tool), "input": input]
        let answer = try await pool.call("tool/call", ByteBuffer(bytes: parameters.bytes), deadline: .seconds(300))
        return try JSONValue.parse(Array(answer.readableBytesView), as: tool)["output"] ?? .null
    }

    private static func nanoseconds(_ value: JSONValue) throws(Problem) -> Double {
        guard let time = value["ns"]?.number, time > 0 else {
            throw Problem(.internalFault, "cloister-peer did not reach its origin: \(value.compactText)")
        }
        return time
    }

    /// MiB in a second, when all bytes came.
    private static func rate(_ value: JSONValue) throws(Problem) -> Double {
        guard value["bytes"]?.integer == Int64(bytes) else {
            throw Problem(.internalFault, "a transfer was cut short: \(value.compactText)")
        }
        return Double(bytes) / 1_048_576 / (try nanoseconds(value) / 1e9)
    }
}

/// `cloister-peer pour`, running.
private struct BenchmarkOrigin {
    let port: Int
    private let process: pid_t

    init(_ peer: String, bytes: Int) throws(Problem) {
        let pipe = try Pipe()
        process = try ProcessRun.start(peer, ["pour", String(bytes)], output: pipe.writing.number)
        let end = pipe.keepReading()
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(end.number, &byte, 1) == 1, byte != 0x0A { line.append(byte) }
        guard let port = Int(String(decoding: line, as: UTF8.self)) else {
            throw Problem(.internalFault, "cloister-peer pour did not start")
        }
        self.port = port
    }

    func stop() {
        kill(process, SIGKILL)
        _ = try? ProcessRun.wait(for: process)
    }
}
