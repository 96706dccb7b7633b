import Control
import Glibc
import Model
import NIOCore
import Sandbox

/// A real daemon, `cloister serve` in a process of its own on a data folder of its own, for what can only be seen from
/// outside: what it weighs, and what is left when it is killed.
struct ScratchDaemon: Sendable {
    let process: pid_t
    let socket: String
    private let folder: String

    static func with<Value>(_ installation: Installation, _ body: (ScratchDaemon) async throws -> Value) async throws -> Value {
        let folder = try FileCopy.makeTemporaryFolder()
        let configuration = folder + "/cloister.yaml"
        try FileCopy.write("data: \(folder)/data\nlog: {level: error}\n", to: configuration)
        let process = try ProcessRun.start(
            installation.folder + "/cloister", ["serve", "--config", configuration], output: nil)
        let daemon = ScratchDaemon(process: process, socket: folder + "/data/control.sock", folder: folder)
        let outcome: Result<Value, any Error>
        do {
            try await daemon.waitUntilReady()
            outcome = .success(try await body(daemon))
        } catch {
            outcome = .failure(error)
        }
        kill(process, SIGTERM)
        _ = try? ProcessRun.wait(for: process)
        try FileCopy.remove(folder)
        return try outcome.get()
    }

    func send(_ request: ControlRequest) async throws -> ByteBuffer {
        try await ControlClient.withConnection(to: socket) { try await $0.send(request, deadline: .seconds(60)) }
    }

    /// Registers a program as a plugin and starts it.
    func run(_ program: String, as id: String, arguments: [String], for tenant: TenantID) async throws {
        let place = "\(folder)/\(id)"
        guard mkdir(place, 0o755) == 0 else { throw Problem(systemCall: "mkdir \(place)") }
        let name = Path.name(of: program)
        try FileCopy.copy(program, to: "\(place)/\(name)")
        try FileCopy.write(
            """
            id: \(id)
            name: \(id)
            version: 1.0.0
            description: a program that \(name) brings
            category: processing
            protocol: cloister/1
            command: [./\(name)\(arguments.map { ", " + $0 }.joined())]
            tools: []

            """, to: "\(place)/plugin.yaml")
        _ = try await send(.pluginRun(tenant, .folder(place), configuration: nil))
    }

    private func waitUntilReady() async throws {
        for _ in 0..<200 {
            if (try? await send(.status)) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Problem(.unreachable, "the daemon under test did not start", hint: "try `cloister serve --data DIR`")
    }
}
