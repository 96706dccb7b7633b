import Glibc
import Model
import Sandbox

/// The HTTP API under a thousand connections that stay, beside a bare server of the same framework, in turns.
struct HTTPBenchmark: Benchmark {
    private static let rounds = 3
    private static let seconds = 20
    private static let warmth = 5

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        try HTTPLoad.check()
        let folder = try FileCopy.makeTemporaryFolder()
        let outcome: Result<[BenchmarkReport.Figure], any Error>
        do { outcome = .success(try await measure(installation, folder)) } catch { outcome = .failure(error) }
        try FileCopy.remove(folder)
        return try outcome.get()
    }

    private func measure(_ installation: Installation, _ folder: String) async throws -> [BenchmarkReport.Figure] {
        try FileCopy.write(HTTPLoad.summary, to: folder + "/peer.lua")
        let site = try await HTTPSite.start(installation, folder)
        defer { site.stop() }
        let peer = try HTTPPeer(installation.folder + "/cloister")
        defer { peer.stop() }
        var (warm, ours, theirs) = (HTTPLoad(), HTTPLoad(), HTTPLoad())
        try warm.add(peer.url, seconds: Self.warmth, script: folder + "/peer.lua")
        // Reads the packages, and opens what it keeps open.
        try warm.add(site.url, seconds: Self.warmth, script: folder + "/load.lua")
        var resident: [Double] = []
        for _ in 0..<Self.rounds {
            try theirs.add(peer.url, seconds: Self.seconds, script: folder + "/peer.lua")
            let sampling = Task {
                var samples: [Double] = []
                while !Task.isCancelled {
                    samples.append(site.residentBytes)
                    try? await Task.sleep(for: .seconds(1))
                }
                return samples
            }
            defer { sampling.cancel() }
            try ours.add(site.url, seconds: Self.seconds, script: folder + "/load.lua")
            sampling.cancel()
            resident += await sampling.value
        }
        return [
            BenchmarkReport.Figure(name: "http.errors", unit: "errors", value: ours.errors, target: .valueAtMost(0)),
            BenchmarkReport.Figure(
                name: "http.p99", unit: "ms", value: ours.p99, peer: "hummingbird", peerValue: theirs.p99, target: .valueAtMost(250)),
            BenchmarkReport.Figure(
                name: "http.rps", unit: "/s", value: ours.rate, peer: "hummingbird", peerValue: theirs.rate, target: .ratioAtLeast(0.35)),
            BenchmarkReport.Figure(
                name: "http.memory.growth", unit: "%", value: Self.growth(resident.suffix(2 * Self.seconds)), target: .valueAtMost(5)),
        ]
    }

    /// By how much the last five of the samples are above the first five, in percent; the median of each. 100 where there are too few.
    static func growth(_ samples: some BidirectionalCollection<Double>) -> Double {
        guard samples.count >= 10 else { return 100 }
        let first = StartBenchmark.median(Array(samples.prefix(5)))
        let last = StartBenchmark.median(Array(samples.suffix(5)))
        return first > 0 ? max(0, (last - first) / first * 100) : 100
    }
}

/// `cloister bench-peer`, running.
private struct HTTPPeer {
    let url: String
    private let process: pid_t

    init(_ program: String) throws(Problem) {
        let pipe = try Pipe()
        process = try ProcessRun.start(program, ["bench-peer"], output: pipe.writing.number)
        let end = pipe.keepReading()
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(end.number, &byte, 1) == 1, byte != 0x0A { line.append(byte) }
        guard let port = Int(String(decoding: line, as: UTF8.self)), port > 0 else {
            throw Problem(.internalFault, "cloister bench-peer did not start")
        }
        url = "http://127.0.0.1:\(port)/"
    }

    func stop() {
        kill(process, SIGKILL)
        _ = try? ProcessRun.wait(for: process)
    }
}
