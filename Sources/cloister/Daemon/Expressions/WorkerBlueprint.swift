import CLinux
import Glibc
import Model
import NIOCore
import Plugins
import Sandbox
import Supervisor
import Synchronization
import Wire

/// How `cloister-worker` is run: under the profile `worker`, with an empty environment, and nothing to see but its own file
/// and the system's libraries.
final class WorkerBlueprint: ChildBlueprint {
    /// Left to the worker for its code and its stack; the rest of its memory programs may use.
    private static let ownMemory: Int64 = 24 << 20

    let deadlines: ChildMachine.Deadlines
    let limits = Peer.Limits()
    private let evaluationTime: Duration
    private let profiles: ProfileCatalog
    private let identities: IdentityMode
    private let groups: ControlGroupTree?
    private let enforcement: Enforcement
    private let system = SystemFolders.probe()
    /// The folder of the worker's copy; the folder on which new roots are built.
    private let (folder, stage): (String, String)
    private let program: @Sendable () throws(Problem) -> String
    private let isCopied = Mutex(false)

    /// `data` is the daemon's own folder; `program` finds the executable, which is copied when the first worker starts.
    init(
        data: String, stage: String, profiles: ProfileCatalog, identities: IdentityMode, groups: ControlGroupTree?,
        enforcement: Enforcement, evaluationTime: Duration = .seconds(1), program: @escaping @Sendable () throws(Problem) -> String
    ) {
        folder = data + "/worker"
        self.stage = stage
        self.profiles = profiles
        self.identities = identities
        self.groups = groups
        self.enforcement = enforcement
        self.evaluationTime = evaluationTime
        self.program = program
        var deadlines = ChildMachine.Deadlines()
        deadlines.stop = .seconds(1)
        self.deadlines = deadlines
    }

    func prepare(instance: Int) throws(Problem) -> PreparedLaunch {
        try copyProgram()
        let (profile, filter) = try profiles.profile(named: "worker")
        let version = max(0, Int(cloister_landlock_abi()))
        guard profile.landlock == .on || version > 0 else {
            throw Problem(.unsupported, "profile worker requires Landlock, which this kernel lacks", hint: "see cloister doctor")
        }
        // What workers use is nobody's usage.
        let group = try groups?.makeGroup(
            tenant: ExpressionWorkers.tenant, plugin: ExpressionWorkers.plugin, instance: instance,
            limits: ControlGroupLimits(profile.limits), quota: Self.quota)
        return PreparedLaunch(plan: try plan(profile, filter, version), group: group)
    }

    /// Of all workers together: each has its own limits, and there are only so many.
    private static let quota = Quota(
        memory: .gibibytes(4), processes: 1024, cpu: 64, cpuWeight: 100, disk: .mebibytes(1))

    private func plan(_ profile: Profile, _ filter: SyscallFilter, _ landlock: Int) throws(Problem) -> LaunchPlan {
        // The last one: plugins are counted from the first.
        let identity = try identities.identity(slot: identities.slots.map { $0 - 1 } ?? 0)
        let view = SandboxView(
            system: system, pluginFolder: folder, dataFolder: nil, exchangeIn: nil, exchangeOut: nil,
            readOnly: profile.filesystem.readOnly, temporarySize: profile.filesystem.temporarySize.bytes,
            temporaryInodes: Int64(profile.filesystem.temporaryFiles), showsProcesses: profile.filesystem.showsProcesses,
            hostname: profile.hostname, userID: identity.innerUser, groupID: identity.innerGroup)
        let rules = LandlockRules(
            version: landlock, grants: view.landlockGrants, allowsTCP: profile.raisesLoopback, egressPort: nil)
        var plan = LaunchPlan(
            stage: stage, identity: identity, hostname: profile.hostname,
            mounts: view.mounts(handsOver: identity.mapping != .single),
            limits: profile.limits.resourceLimits(under: enforcement), landlock: rules.ruleset, filter: filter,
            directory: "/plugin", program: "/plugin/cloister-worker", arguments: ["cloister-worker"], environment: [])
        plan.dropsGroups = identities == .range
        plan.raisesLoopback = profile.raisesLoopback
        plan.refusesWritableCode = profile.refusesWritableCode
        return plan
    }

    /// A folder with nothing else in it, for the worker sees the folder that it lies in.
    private func copyProgram() throws(Problem) {
        guard !isCopied.withLock({ $0 }) else { return }
        let source = try program()
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw Problem(systemCall: "mkdir \(folder)") }
        let fresh = folder + "/.new"
        unlink(fresh)
        try FileCopy.copy(source, to: fresh)
        guard rename(fresh, folder + "/cloister-worker") == 0 else { throw Problem(systemCall: "rename \(fresh)") }
        isCopied.withLock { $0 = true }
    }

    func greeting(instance: Int) -> ByteBuffer {
        let memory = (try? profiles.profile(named: "worker").0.limits.memory.bytes) ?? 0
        let value: JSONValue = [
            "protocol": "cloister/1",
            "configuration": [
                "evaluationMs": .integer(evaluationTime.milliseconds),
                "memoryBytes": .integer(max(memory / 2, memory - Self.ownMemory)),
            ],
        ]
        return ByteBuffer(bytes: value.bytes)
    }

    func accept(greeting: ByteBuffer) throws(Problem) {}

    func answer(_ request: InboundRequest, from key: ChildKey) { request.strike("a worker asks for nothing") }
}
