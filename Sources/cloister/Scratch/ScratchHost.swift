import CLinux
import Glibc
import Logging
import Model
import NIOCore
import NIOPosix
import Plugins
import Sandbox
import Store
import Supervisor
import Wire

/// A supervisor in a folder of its own that goes away again: what `doctor --attack` and `bench` run real sealed children
/// in, under the same profiles, by the same launcher and with the same plans as the daemon's plugins.
struct ScratchHost: Sendable {
    let folder: String
    let launcher: Launcher
    let supervisor: Supervisor
    let loops: MultiThreadedEventLoopGroup
    let groups: ControlGroupTree?
    let enforcement: Enforcement
    private let profile: Profile
    private let filter: SyscallFilter
    private let identities: IdentityMode
    private let system = SystemFolders.probe()
    private let sdk: String?

    static func with<Value>(
        _ installation: Installation, loops count: Int = 1, _ body: (ScratchHost) async throws -> Value
    ) async throws -> Value {
        signal(SIGPIPE, SIG_IGN)
        let folder = try FileCopy.makeTemporaryFolder()
        let host = try ScratchHost(folder, installation, loops: count)
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(host)) } catch { outcome = .failure(error) }
        await host.supervisor.shutDown()
        host.groups?.close()
        try await host.loops.shutdownGracefully()
        try FolderRemoval.remove(folder)
        return try outcome.get()
    }

    private init(_ folder: String, _ installation: Installation, loops count: Int) throws(Problem) {
        self.folder = folder
        launcher = try Launcher(executable: try installation.launcher)
        sdk = installation.sdks
        profile = try ProfileLibrary.load(folder: try installation.profiles).profile(named: "default")
        filter = try SyscallFilter.compile(profile.systemCalls)
        let opening = try ControlGroupTree.open(.automatic, dataFolder: folder)
        (groups, enforcement) = (opening.tree, opening.enforcement)
        identities = try IdentityMode.select(.auto, for: .probe())
        loops = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let logger = Logger(label: "scratch") { _ in SwiftLogNoOpLogHandler() }
        supervisor = Supervisor(launcher: launcher, loops: loops, logger: logger)
        guard mkdir(folder + "/stage", 0o755) == 0 else { throw Problem(systemCall: "mkdir") }
    }

    var limits: ProfileLimits { profile.limits }

    /// A plugin of its own folder, made from a program of the installation.
    func plugin(_ name: String, program: String, limits: ProfileLimits? = nil) throws(Problem) -> ScratchPlugin {
        let base = "\(folder)/\(name)"
        for path in [base, base + "/plugin", base + "/data"] {
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw Problem(systemCall: "mkdir \(path)") }
        }
        let exchange = try ExchangeFolder(making: base + "/exchange")
        try FileCopy.link(program, to: base + "/plugin/" + Path.name(of: program))
        let limits = limits ?? profile.limits
        let sandbox = PluginSandbox(
            profile: profile, filter: filter, limits: limits, temporarySize: profile.filesystem.temporarySize,
            identity: try identities.identity(slot: 0), dropsGroups: identities == .range,
            landlockVersion: max(0, Int(cloister_landlock_abi())), system: system, enforcement: enforcement)
        return ScratchPlugin(
            name: name, sandbox: sandbox, limits: limits,
            folders: PluginSandbox.Folders(
                plugin: base + "/plugin", data: base + "/data", exchangeIn: exchange.inPath,
                exchangeOut: exchange.outPath, sdk: sdk, stage: folder + "/stage"))
    }

    /// A pool of one instance of the plugin, started with the command, and with a way out where one is given.
    func pool(
        _ plugin: ScratchPlugin, _ command: [String], tenant: String = "scratch",
        deadlines: ChildMachine.Deadlines = ChildMachine.Deadlines(), egress: ScratchEgress? = nil
    ) async throws(Problem) -> ChildPool {
        let tenant = try TenantID(tenant)
        let id = try PluginID(plugin.name)
        let groups = groups
        let blueprint = ScratchBlueprint(
            plan: plugin.sandbox.plan(command: command, folders: plugin.folders, hasEgress: egress != nil),
            deadlines: deadlines, egress: egress
        ) { (instance) throws(Problem) in
            try groups?.makeGroup(
                tenant: tenant, plugin: id, instance: instance, limits: ControlGroupLimits(plugin.limits), quota: .ordinary)
        }
        return await supervisor.makePool(
            of: id, for: tenant, blueprint: blueprint, policy: PoolPolicy(maximum: 1, spare: 0, idleStop: .seconds(3600)))
    }
}

/// A program made into a plugin.
struct ScratchPlugin: Sendable {
    let name: String
    let sandbox: PluginSandbox
    let limits: ProfileLimits
    let folders: PluginSandbox.Folders
}

private struct ScratchBlueprint: ChildBlueprint {
    let plan: LaunchPlan
    let deadlines: ChildMachine.Deadlines
    let limits = Peer.Limits()
    let egress: ScratchEgress?
    let makeGroup: @Sendable (Int) throws(Problem) -> ControlGroup?

    func prepare(instance: Int) throws(Problem) -> PreparedLaunch {
        PreparedLaunch(plan: plan, group: try makeGroup(instance))
    }

    func greeting(instance: Int) -> ByteBuffer {
        ByteBuffer(string: #"{"protocol":"cloister/1","configuration":{},"grants":[],"tenant":"scratch","instance":"1"}"#)
    }

    func accept(greeting: ByteBuffer) throws(Problem) {}

    func answer(_ request: InboundRequest, from key: ChildKey) { request.failUnknownMethod() }

    func serve(_ listener: consuming Descriptor, of key: ChildKey) -> @Sendable () -> Void {
        guard let egress else { return {} }
        return egress.serve(listener, of: key)
    }
}
