import Control
import Model
import NIOCore
import Plugins
import Supervisor

/// Makes the calls of fixtures on a host of its own and says what came of each.
struct FixtureRun: Sendable {
    struct Verdict: Sendable {
        let fixture: Fixture
        let differences: [Match.Difference]
        /// What the plugin wrote meanwhile, where something was different.
        let log: [String]

        var passed: Bool { differences.isEmpty }
    }

    let bench: WorkbenchHost
    let folder: String
    let plugin: PluginID

    /// Fixtures with one configuration in a row share a process.
    func run(_ fixtures: [Fixture], report: (Verdict) -> Void) async throws -> [Verdict] {
        var verdicts: [Verdict] = []
        var configuration: JSONValue?
        for fixture in fixtures {
            if configuration != fixture.configuration {
                try await bench.run(folder: folder, configuration: fixture.configuration)
                configuration = fixture.configuration
            }
            let verdict = try await run(fixture)
            verdicts.append(verdict)
            report(verdict)
        }
        return verdicts
    }

    private func run(_ fixture: Fixture) async throws -> Verdict {
        let found = try await answer(to: fixture)
        let differences = Match.differences([fixture.outcome.rawValue: fixture.pattern], found)
        var log: [String] = []
        if !differences.isEmpty {
            let pool = try await bench.daemon.host.pool(of: plugin, for: bench.tenant)
            log = await pool.log(last: 20).filter { $0.source != .supervisor }.map(\.text)
        }
        return Verdict(fixture: fixture, differences: differences, log: log)
    }

    /// `{"output": …}`, `{"value": …}` or `{"error": …}`.
    private func answer(to fixture: Fixture) async throws -> JSONValue {
        do {
            switch fixture.call {
            case .tool(let name, let input, let documents):
                return ["output": try await bench.call(name, of: plugin, input: input, documents: documents)]
            case .hook(let event, let handler, let isFilter, let value, let context):
                let parameters: JSONValue = [
                    "hook": .string(event), "handler": .string(handler), "id": "fixture", "value": value,
                    "context": context, "deadlineMs": 30_000,
                ]
                let pool = try await bench.daemon.host.pool(of: plugin, for: bench.tenant)
                let answer = try await pool.call(
                    isFilter ? "hook/filter" : "hook/action", ByteBuffer(bytes: parameters.bytes),
                    deadline: .seconds(30))
                let result = try JSONValue.parse(Array(answer.readableBytesView), as: "the answer")
                return isFilter ? ["value": result["value"] ?? .null] : ["value": .null]
            }
        } catch let problem as Problem {
            return ["error": Fixture.json(problem)]
        }
    }
}
