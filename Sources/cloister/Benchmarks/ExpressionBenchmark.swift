import Glibc
import Model
import Store
import Workflows

/// Expressions through a sealed worker, one at a time and many in one message, beside a process of `jq` for each.
struct ExpressionBenchmark: Benchmark {
    private static let program = #"{id: .order.id, total: ([.order.rows[] | .price * .count] | add), text: "\(.order.id) of \($tenant)"}"#
    private static let input =
        #"{"order":{"id":9007199254740993,"rows":[{"price":1.5,"count":2},{"price":20,"count":1},{"price":3,"count":7}]}}"#
    private static let rounds = 10
    private static let single = 50
    private static let many = 2000

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        guard access("/usr/bin/jq", X_OK) == 0 else {
            throw Problem(.unsupported, "/usr/bin/jq is missing", hint: "apt-get install jq")
        }
        return try await WorkbenchHost.with(DaemonConfiguration()) { host in
            let file = host.daemon.store.folder.path + "/input.json"
            try FileCopy.write(Self.input, to: file)
            var (one, batch, theirs) = (Samples(), Samples(), Samples())
            for round in 0...Self.rounds {
                let mine = try await Self.times(host, of: 1, count: Self.single)
                let batched = try await Self.times(host, of: Self.many, count: 1)
                let others = try Self.peer(file, count: Self.single)
                // The first one starts the worker and compiles the program.
                guard round > 0 else { continue }
                for time in mine { one.add(time) }
                for time in batched { batch.add(time / Self.many) }
                for time in others { theirs.add(time) }
            }
            let process = theirs.percentile(0.5)
            return [
                BenchmarkReport.Figure(
                    name: "expressions.p50", unit: "ms", value: one.percentile(0.5) / 1000, peer: "jq", peerValue: process / 1000),
                BenchmarkReport.Figure(
                    name: "expressions.persecond", unit: "/s", value: 1e6 / batch.percentile(0.5), peer: "jq",
                    peerValue: 1e6 / process),
            ]
        }
    }

    private static func times(_ host: WorkbenchHost, of size: Int, count: Int) async throws -> [Duration] {
        let evaluations = Array(repeating: Evaluation(program, input: input, variables: ["tenant": "\"author\""]), count: size)
        var times: [Duration] = []
        for _ in 0..<count {
            let start = ContinuousClock.now
            let results = try await host.daemon.expressions.evaluate(evaluations, for: host.tenant)
            times.append(ContinuousClock.now - start)
            for result in results { _ = try result.get() }
        }
        return times
    }

    private static func peer(_ file: String, count: Int) throws -> [Duration] {
        try (0..<count).map { _ in
            let start = ContinuousClock.now
            _ = try ProcessRun.output("/usr/bin/jq", ["-c", "--arg", "tenant", "author", program, file])
            return ContinuousClock.now - start
        }
    }
}
