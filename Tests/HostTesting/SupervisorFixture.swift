import Glibc
import Logging
package import Model
package import NIOCore
import NIOPosix
package import Sandbox
package import Supervisor
package import Wire

/// A supervisor with real sealed children, without the plugin platform around it.
package struct SupervisorFixture: Sendable {
    package struct Blueprint: ChildBlueprint {
        package var plan: LaunchPlan
        package var deadlines: ChildMachine.Deadlines
        package var limits: Peer.Limits

        package func prepare(instance: Int) throws(Problem) -> PreparedLaunch { PreparedLaunch(plan: plan, group: nil) }

        package func greeting(instance: Int) -> ByteBuffer {
            ByteBuffer(string: #"{"protocol":"cloister/1","configuration":{},"tenant":"test"}"#)
        }

        package func accept(greeting: ByteBuffer) throws(Problem) {
            let value = try JSONValue.parse(Array(greeting.readableBytesView), as: "initialize")
            guard value["name"]?.string != nil else { throw Problem(.pluginFailed, "an answer without a name") }
        }

        package func answer(_ request: InboundRequest, from key: ChildKey) { request.failUnknownMethod() }
    }

    package let sandbox: SandboxFixture
    package let supervisor: Supervisor

    package static func with(
        _ body: (SupervisorFixture) async throws -> Void
    ) async throws {
        signal(SIGPIPE, SIG_IGN)
        try await TemporaryFolder.with { folder in
            let sandbox = try SandboxFixture(folder: folder)
            try sandbox.install("cloister-probe")
            let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let launcher = try Launcher(executable: Built.program("cloister-launch"))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let supervisor = Supervisor(launcher: launcher, loops: loops, logger: logger)
            let outcome: Result<Void, any Error>
            do {
                try await body(SupervisorFixture(sandbox: sandbox, supervisor: supervisor))
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await supervisor.shutDown()
            try await loops.shutdownGracefully()
            try outcome.get()
        }
    }

    /// A pool of the probe, started with a mode in which it misbehaves, or of another command.
    package func pool(
        _ arguments: String..., command: [String]? = nil, maximum: Int = 1, spare: Int = 0,
        idleStop: Duration = .seconds(600), deadlines: ChildMachine.Deadlines = .short,
        limits: Peer.Limits = Peer.Limits()
    ) async throws -> ChildPool {
        let command = command ?? ["/plugin/cloister-probe"] + arguments
        return await supervisor.makePool(
            of: try PluginID("probe"), for: try TenantID("test"),
            blueprint: Blueprint(plan: sandbox.plan(command), deadlines: deadlines, limits: limits),
            policy: PoolPolicy(maximum: maximum, spare: spare, idleStop: idleStop))
    }
}

extension ChildMachine.Deadlines {
    /// For tests that wait for a deadline to pass.
    package static var short: ChildMachine.Deadlines {
        var deadlines = ChildMachine.Deadlines()
        deadlines.start = .seconds(5)
        deadlines.stop = .milliseconds(500)
        return deadlines
    }
}

extension ChildPool {
    /// Calls a tool and returns its output.
    package func tool(
        _ name: String, _ input: JSONValue = [:], deadline: Duration = .seconds(10), hardLimit: Duration? = nil
    ) async throws(Problem) -> JSONValue {
        let parameters: JSONValue = ["name": .string(name), "input": input]
        let answer = try await call(
            "tool/call", ByteBuffer(bytes: parameters.bytes), deadline: deadline, hardLimit: hardLimit)
        return try JSONValue.parse(Array(answer.readableBytesView), as: name)["output"] ?? .null
    }
}
