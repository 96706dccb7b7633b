import CLinux
import Dispatch
import Glibc
import Model
import Plugins
import Sandbox
import Store
import Synchronization

/// Sealed processes of one plugin's folder, under the plugin's own profile and limits, for a tool that speaks with them
/// itself: without a daemon, a supervisor or a tenant.
struct ScratchSandbox: Sendable {
    /// Emptied and removed at the end: the plugin's `/data` and `/exchange`.
    let folder: String
    private let sandbox: PluginSandbox
    private let folders: PluginSandbox.Folders
    private let launcher: Launcher
    /// Variables of the plugin's own.
    private let environment: [String: String]

    /// Without a launcher it starts one, whose thread never ends: a daemon brings its own.
    static func with<Value>(
        _ installation: Installation, folder plugin: String, profile name: String, limits: Manifest.Limits,
        environment: [String: String] = [:], launcher: Launcher? = nil, _ body: (ScratchSandbox) throws -> Value
    ) throws -> Value {
        let folder = try FileCopy.makeTemporaryFolder()
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try body(try ScratchSandbox(folder, installation, plugin, name, limits, environment, launcher)))
        } catch {
            outcome = .failure(error)
        }
        try FileCopy.remove(folder)
        return try outcome.get()
    }

    private init(
        _ folder: String, _ installation: Installation, _ plugin: String, _ name: String, _ limits: Manifest.Limits,
        _ environment: [String: String], _ known: Launcher?
    ) throws(Problem) {
        self.folder = folder
        self.environment = environment
        if let known { launcher = known } else { launcher = try Launcher(executable: try installation.launcher) }
        let profile = try ProfileLibrary.load(folder: try installation.profiles).profile(named: name)
        // One process at a time, which the limits of processes hold well enough.
        let opening = try ControlGroupTree.open(.none, dataFolder: folder)
        let identities = try IdentityMode.select(.auto, for: .probe())
        for path in [folder + "/data", folder + "/stage"] {
            guard mkdir(path, 0o755) == 0 else { throw Problem(systemCall: "mkdir \(path)") }
        }
        let exchange = try ExchangeFolder(making: folder + "/exchange")
        let temporary = profile.filesystem.temporarySize
        sandbox = PluginSandbox(
            profile: profile, filter: try SyscallFilter.compile(profile.systemCalls),
            limits: limits.lowering(profile.limits), temporarySize: min(limits.temporary ?? temporary, temporary),
            identity: try identities.identity(slot: 0), dropsGroups: identities == .range,
            landlockVersion: max(0, Int(cloister_landlock_abi())), system: .probe(), enforcement: opening.enforcement)
        folders = PluginSandbox.Folders(
            plugin: plugin, data: folder + "/data", exchangeIn: exchange.inPath, exchangeOut: exchange.outPath,
            sdk: installation.sdks, stage: folder + "/stage")
    }

    /// Starts the command; the pipes are the caller's to close, the process the caller's to wait for.
    func start(_ command: [String]) throws(Problem) -> ProcessPipes {
        let plan = sandbox.plan(command: command, folders: folders, environment: environment)
        let outcome = Mutex<Result<ProcessPipes, Problem>?>(nil)
        let done = DispatchSemaphore(value: 0)
        let launcher = launcher
        launcher.submit {
            do throws(Problem) {
                let started = try launcher.launchNow(plan)
                let process = started.process
                let ends = started.take()
                let pipes = ProcessPipes(
                    process: process, input: ends.input, output: ends.output, errors: ends.errors, status: ends.status)
                outcome.withLock { $0 = .success(pipes) }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        guard let result = outcome.withLock({ $0 }) else { throw Problem(.internalFault, "the launcher gave no answer") }
        return try result.get()
    }

    /// Puts a file where the plugin reads it, and tells the path that it sees.
    func place(_ file: String) throws(Problem) -> String {
        let place = "d" + String(UInt64.random(in: .min ... .max), radix: 16)
        let path = "\(folder)/exchange/in/\(place)"
        guard mkdir(path, 0o755) == 0 else { throw Problem(systemCall: "mkdir \(path)") }
        try FileCopy.copy(file, to: "\(path)/\(Path.name(of: file))")
        return "/exchange/in/\(place)/\(Path.name(of: file))"
    }
}

/// A process and the other ends of its standard streams.
struct ProcessPipes: Sendable {
    let process: pid_t
    let input: Int32
    let output: Int32
    let errors: Int32
    /// What a launcher reports; -1 for a process without one.
    var status: Int32 = -1
}
