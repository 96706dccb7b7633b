import ArgumentParser
import Model

struct BenchCommand: AsyncParsableCommand, JSONChoosing {
    enum Name: String, CaseIterable, ExpressibleByArgument {
        case spawn, call, hooks, load, memory, start, egress, tenants, expressions, workflow, http

        func benchmark(beside peer: [String]) -> any Benchmark {
            switch self {
            case .spawn: SpawnBenchmark()
            case .call: CallBenchmark()
            case .hooks: HookBenchmark()
            case .load: LoadBenchmark()
            case .memory: MemoryBenchmark()
            case .start: StartBenchmark()
            case .egress: EgressBenchmark()
            case .tenants: TenantsBenchmark()
            case .expressions: ExpressionBenchmark()
            case .workflow: WorkflowBenchmark(peer: peer)
            case .http: HTTPBenchmark()
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine, beside a peer in the same run.",
        discussion: """
            Needs no daemon. The exit status is 0 also where a target is missed: a figure is a fact, not a failure. \
            `spawn` compares with bubblewrap, which must be installed; `workflow` with what --peer names. \
            `http` needs wrk.
            """)

    @Argument(help: "What to measure.")
    var name: Name

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("What workflow measures beside, with its arguments: Tests/bench/dbos_peer.py.", valueName: "command"))
    var peer: [String] = []

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let output = Output.standard(json: client.json)
        let report = BenchmarkReport(
            bench: name.rawValue, machine: Machine.description, figures: try await name.benchmark(beside: peer).run(try Installation()))
        if output.isJSON { output.printJSON(report.json) } else { output.write(report.text(width: output.width)) }
    }
}
