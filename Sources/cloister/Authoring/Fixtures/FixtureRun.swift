import Control
import Model
import NIOCore
import Plugins
import Supervisor

/// Makes the calls of fixtures on a host of its own and says what came of each.
struct FixtureRun: Sendable {
    struct Verdict: Sendable {
        let fixture: Fixture
        /// `{"output": …}`, `{"value": …}` or `{"error": …}`.
        let answer: JSONValue
        let differences: [Match.Difference]
        /// Breaches of the protocol since the fixture before; the third within a minute ends a plugin.
        let strikes: [String]
        /// What the plugin wrote meanwhile, where something was different.
        let log: [String]

        var passed: Bool { differences.isEmpty && strikes.isEmpty }
    }

    let bench: WorkbenchHost
    let folder: String
    let manifest: Manifest

    /// Fixtures with one configuration in a row share a process.
    func run(_ fixtures: [Fixture], report: (Verdict) -> Void) async throws -> [Verdict] {
        var verdicts: [Verdict] = []
        var configuration: JSONValue?
        var seen: Int64 = 0
        for fixture in fixtures {
            if configuration != fixture.configuration {
                try await start(fixture.configuration)
                (configuration, seen) = (fixture.configuration, 0)
            }
            let verdict = try await run(fixture, &seen)
            verdicts.append(verdict)
            report(verdict)
        }
        return verdicts
    }

    /// Starts the plugin; where it does not come up, the problem has all that it wrote.
    private func start(_ configuration: JSONValue) async throws {
        do {
            try await bench.run(folder: folder, configuration: configuration)
        } catch var problem as Problem where problem.code == .pluginFailed {
            let errors = try await log().filter { $0.source == .errors }.suffix(40).map(\.text)
            if !errors.isEmpty { problem.cause = errors.joined(separator: "\n") }
            // The host is gone before anybody could ask it for a log.
            problem.hint = "see every message: cloister plugin run \(folder) --watch"
            throw problem
        }
    }

    /// `seen` is the number of the last entry in the log that belongs to the fixture before.
    private func run(_ fixture: Fixture, _ seen: inout Int64) async throws -> Verdict {
        let found = try await answer(to: fixture)
        let entries = try await log().filter { [seen] in $0.number > seen }
        seen = entries.last?.number ?? seen
        let strikes = entries.filter { $0.source == .supervisor && $0.text.hasPrefix("strike: ") }.map(\.text)
        let differences = Match.differences([fixture.outcome.rawValue: fixture.pattern], found)
        let log = differences.isEmpty ? [] : entries.filter { $0.source != .supervisor }.suffix(20).map(\.text)
        return Verdict(
            fixture: fixture, answer: found, differences: differences,
            strikes: manifest.dialect == .cloister ? strikes : [], log: log)
    }

    private func log() async throws -> [ChildLog.Entry] {
        await (try await bench.daemon.host.pool(of: manifest.id, for: bench.tenant)).log(last: ChildLog.entryLimit)
    }

    /// `{"output": …}`, `{"value": …}` or `{"error": …}`.
    private func answer(to fixture: Fixture) async throws -> JSONValue {
        do {
            switch fixture.call {
            case .tool(let name, let input, let documents):
                return ["output": try await bench.call(name, of: manifest.id, input: input, documents: documents)]
            case .hook(let event, let handler, let isFilter, let value, let context):
                let parameters: JSONValue = [
                    "hook": .string(event), "handler": .string(handler), "id": "fixture", "value": value,
                    "context": context, "deadlineMs": 30_000,
                ]
                let pool = try await bench.daemon.host.pool(of: manifest.id, for: bench.tenant)
                let answer = try await pool.call(
                    isFilter ? "hook/filter" : "hook/action", ByteBuffer(bytes: parameters.bytes),
                    deadline: .seconds(30))
                let result = try JSONValue.parse(Array(answer.readableBytesView), as: "the answer")
                return isFilter ? ["value": result["value"] ?? .null] : ["value": .null]
            }
        } catch var problem as Problem {
            // What a host says that is gone when the author reads it: its log stands below.
            if problem.hint?.contains("--tenant \(bench.tenant)") == true { problem.hint = nil }
            return ["error": Fixture.json(problem)]
        }
    }
}
