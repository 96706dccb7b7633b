import ArgumentParser
import Control
import Model
import NIOCore
import Sandbox

struct DoctorCommand: AsyncParsableCommand, JSONChoosing {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Tell what this machine can enforce, and what to do about the rest.",
        discussion: """
            Works without a daemon; where one answers, its status is added. With --attack, a sealed child tries to get \
            out in every way on the project's list. The exit status is 1 where plugins cannot run, or an attack succeeds.
            """)

    @Flag(help: "Attack the sandbox on this machine's kernel and print what came of each attempt.")
    var attack = false

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let output = Output.standard(json: client.json)
        if attack {
            try await runAttacks(output)
        } else {
            try await examine(output)
        }
    }

    private func runAttacks(_ output: Output) async throws {
        let configuration = try DaemonConfiguration.load(file: nil)
        let outcomes = try await AttackRun.run(installation: try Installation(configuration: configuration))
        if output.isJSON {
            output.printJSON(["attacks": .array(outcomes.map(\.json))])
        } else {
            output.write(AttackText.text(outcomes, width: output.width))
        }
        guard outcomes.allSatisfy(\.holds) else { throw ExitCode(1) }
    }

    private func examine(_ output: Output) async throws {
        let configuration = try DaemonConfiguration.load(file: nil)
        let report = HostReport.examine(
            controlGroup: configuration.controlGroup.choice, dataFolder: configuration.data)
        let status = await daemonStatus()
        if output.isJSON {
            let daemon: JSONValue
            switch status {
            case .success(let status): daemon = status.json
            case .failure: daemon = .null
            }
            output.printJSON(["host": report.json, "daemon": daemon])
        } else {
            output.write(DoctorText.text(report, status, width: output.width))
        }
        guard report.outcome != .failed else { throw ExitCode(1) }
    }

    private func daemonStatus() async -> Result<StatusReport, Problem> {
        do {
            let reply = try await ControlClient.withConnection(to: client.socketPath) {
                try await $0.send(.status, deadline: .seconds(5))
            }
            return .success(try StatusReport(try JSONValue.parse(Array(reply.readableBytesView))))
        } catch {
            return .failure(Problem(wrapping: error, doing: "asking the daemon"))
        }
    }
}
