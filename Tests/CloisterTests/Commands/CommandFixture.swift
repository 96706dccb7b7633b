import Control
import Glibc
import HostTesting
import Logging
import Model
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import cloister

/// A control server whose answers a test writes as a closure, and the command that talks to it as a process of its own.
struct CommandFixture: Sendable {
    typealias Handle = @Sendable (ControlRequest, ControlStream) async throws -> ControlReply

    let folder: String
    let requests: Requests

    /// What the server was asked, in order.
    final class Requests: Sendable {
        private let received = Mutex<[ControlRequest]>([])
        var all: [ControlRequest] { received.withLock { $0 } }
        func append(_ request: ControlRequest) { received.withLock { $0.append(request) } }
    }

    private struct Handler: ControlHandler {
        let requests: Requests
        let handle: Handle

        func handle(
            _ request: ControlRequest, from caller: ControlCaller, stream: ControlStream
        ) async throws -> ControlReply {
            requests.append(request)
            return try await handle(request, stream)
        }

        func connectionEnded(_ caller: ControlCaller) async {}
    }

    static func with(_ handle: @escaping Handle, _ body: (CommandFixture) async throws -> Void) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let requests = Requests()
            let server = try await ControlServer.start(
                on: try ControlSocket.bind(path: folder + "/control.sock"), group: MultiThreadedEventLoopGroup.singleton,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                handler: Handler(requests: requests, handle: handle), state: { .ready })
            async let running: Void = server.run()
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(CommandFixture(folder: folder, requests: requests)))
            } catch {
                outcome = .failure(error)
            }
            await server.drain(within: .zero)
            await running
            try outcome.get()
        }
    }

    /// Runs the command to its end.
    func run(_ arguments: String..., input: String = "") async throws -> CommandRun.Outcome {
        try await start(arguments, input: input).outcome
    }

    func start(_ arguments: [String], input: String = "", output: Int32? = nil) throws -> CommandRun {
        try CommandRun(
            arguments, folder: folder, environment: ["CLOISTER_SOCKET=\(folder)/control.sock"], input: input,
            output: output)
    }
}

/// The `cloister` executable as a process; its output goes into files of a folder.
final class CommandRun: Sendable {
    struct Outcome: Sendable {
        /// Nil where a signal ended the process.
        let status: Int32?
        let signal: Int32?
        let output: String
        let errors: String
    }

    let process: pid_t
    private let folder: String
    private static let count = Mutex(0)
    private let number: Int

    /// `wrapper` is a program with arguments that executes what follows it.
    init(
        _ arguments: [String], folder: String, environment: [String] = [], input: String = "", output: Int32? = nil,
        wrapper: [String] = []
    ) throws {
        let number = Self.count.withLock { count in
            count += 1
            return count
        }
        self.folder = folder
        self.number = number
        write(input, to: "\(folder)/in\(number)")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "\(folder)/in\(number)", O_RDONLY, 0)
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 1, "\(folder)/out\(number)", O_WRONLY | O_CREAT, 0o600)
        }
        posix_spawn_file_actions_addopen(&actions, 2, "\(folder)/err\(number)", O_WRONLY | O_CREAT, 0o600)
        // The library under test ignores signals in this process; a program starts with them at their defaults.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        let program = Built.program("cloister")
        let first = wrapper.first ?? program
        var argv = (wrapper + [program] + arguments).map { strdup($0) } + [nil]
        // Where a build that counts the lines it runs keeps its counters.
        let counters = getenv("LLVM_PROFILE_FILE").map { ["LLVM_PROFILE_FILE=\(String(cString: $0))"] } ?? []
        var envp = (["PATH=/usr/bin:/bin", "HOME=/tmp"] + counters + environment).map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, first, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw Problem(.internalFault, "cannot start \(program)", cause: String(cString: strerror(code))) }
        self.process = process
    }

    var errors: String { Self.contents("\(folder)/err\(number)") }
    var output: String { Self.contents("\(folder)/out\(number)") }

    /// Waits for the end without blocking a thread; after 30 seconds the process is killed.
    var outcome: Outcome {
        get async throws {
            var status: Int32 = 0
            for turn in 0... {
                let ended = waitpid(process, &status, WNOHANG)
                guard ended == 0 else { break }
                if turn == 6000 { kill(process, SIGKILL) }
                try? await Task.sleep(for: .milliseconds(5))
            }
            let signal = status & 0x7F
            return Outcome(
                status: signal == 0 ? status >> 8 & 0xFF : nil, signal: signal == 0 ? nil : signal, output: output,
                errors: errors)
        }
    }

    private static func contents(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(descriptor, &chunk, chunk.count), count > 0 { bytes += chunk[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Waits until the condition holds; false after 20 seconds.
func eventually(_ condition: @Sendable () async -> Bool) async -> Bool {
    for _ in 0..<2000 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

enum Sample {
    static let acme = TenantID(unchecked: "acme")
    static let exif = PluginReference(tenant: acme, plugin: PluginID(unchecked: "exif"))
    static let child = ChildReport(
        tenant: acme, plugin: exif.plugin, instance: "1", state: "ready", processID: 4711, memoryBytes: 12 << 20,
        memoryPeakBytes: 20 << 20, cpuMicroseconds: 45_000, restarts: 0)
    static let plugin = PluginReport(
        id: exif.plugin, name: "EXIF metadata", version: "1.0.0", tenant: acme, folder: "/srv/exif", state: "ready",
        installation: InstallationReport(status: "active"),
        tools: [.init(name: "extract", description: "Reads the metadata.\nOf photographs.")], instances: [child],
        lastExit: ExitReport(kind: .exited, reason: "exited 3", at: "2026-01-01T00:00:00.000Z", stderr: "one\ntwo\n"))
    static let tenant = TenantReport(
        id: acme, name: "Acme Inc.", quota: .ordinary, usage: .init(memoryBytes: 12 << 20, processes: 2, diskBytes: 0),
        plugins: 1)
    static let status = StatusReport(
        version: "0.1.0", state: .ready, processID: 4242, uptimeSeconds: 7500, data: "/var/lib/cloister",
        socket: "/run/cloister/control.sock", identities: "subordinate",
        enforcement: EnforcementReport(
            controlGroup: "/sys/fs/cgroup/cloister", memory: true, processes: true, cpu: true, io: false, kill: true,
            missing: ["io: the controller is not delegated"]),
        tenants: 1, children: [child])
}
