/// One benchmark: measures itself and its peer, interleaved, on the machine that it runs on.
protocol Benchmark: Sendable {
    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure]
}
