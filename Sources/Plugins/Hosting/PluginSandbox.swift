import Model
package import Sandbox

/// Turns what a plugin needs into the plan by which each of its instances is launched. Pure.
package struct PluginSandbox: Sendable {
    /// The folders of one plugin for one tenant: absolute paths without symbolic links.
    package struct Folders: Sendable, Equatable {
        package var plugin: String
        package var data: String
        package var exchangeIn: String
        package var exchangeOut: String
        /// An empty folder on which new roots are built.
        package var stage: String

        package init(plugin: String, data: String, exchangeIn: String, exchangeOut: String, stage: String) {
            self.plugin = plugin
            self.data = data
            self.exchangeIn = exchangeIn
            self.exchangeOut = exchangeOut
            self.stage = stage
        }
    }

    package var profile: Profile
    package var filter: SyscallFilter
    package var limits: ProfileLimits
    package var temporarySize: ByteSize
    package var identity: LaunchPlan.Identity
    /// The daemon is root and can drop its supplementary groups.
    package var dropsGroups: Bool
    package var landlockVersion: Int
    package var system: SystemFolders
    /// Limits of the process kind that stand in for quotas which no control group enforces.
    package var standIns: [LaunchPlan.ResourceLimit]

    package func plan(command: [String], folders: Folders) -> LaunchPlan {
        let view = SandboxView(
            system: system, pluginFolder: folders.plugin, dataFolder: folders.data, exchangeIn: folders.exchangeIn,
            exchangeOut: folders.exchangeOut, readOnly: profile.filesystem.readOnly,
            temporarySize: temporarySize.bytes, temporaryInodes: Int64(profile.filesystem.temporaryFiles),
            showsProcesses: profile.filesystem.showsProcesses, hostname: profile.hostname,
            userID: identity.innerUser, groupID: identity.innerGroup)
        let rules = LandlockRules(version: landlockVersion, grants: view.landlockGrants, allowsTCP: false)
        // The first word of a command is a path in the sandbox, or a file of the plugin's folder.
        let program = command[0].hasPrefix("/") ? command[0] : "/plugin/" + command[0]
        var plan = LaunchPlan(
            stage: folders.stage, identity: identity, hostname: profile.hostname,
            mounts: view.mounts(handsOver: identity.mapping != .single), limits: resourceLimits,
            landlock: rules.ruleset, filter: filter, directory: "/plugin", program: program, arguments: command,
            environment: environment)
        plan.dropsGroups = dropsGroups
        plan.raisesLoopback = profile.raisesLoopback
        plan.refusesWritableCode = profile.refusesWritableCode
        return plan
    }

    private var environment: [String] {
        var variables = [
            "CLOISTER_PROTOCOL": "cloister/1", "HOME": "/data", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TMPDIR": "/tmp",
        ]
        variables.merge(profile.environment) { own, _ in own }
        return variables.map { "\($0.key)=\($0.value)" }.sorted()
    }

    private var resourceLimits: [LaunchPlan.ResourceLimit] {
        func limit(_ resource: ResourceKind, _ value: Int64) -> LaunchPlan.ResourceLimit {
            LaunchPlan.ResourceLimit(resource: resource.rawValue, soft: UInt64(value), hard: UInt64(value))
        }
        var result = [
            limit(.core, limits.coreSize.bytes), limit(.fileSize, limits.fileSize.bytes),
            limit(.files, Int64(limits.files)), limit(.lockedMemory, 64 << 10), limit(.messageQueues, 0),
            limit(.pendingSignals, 1024),
        ]
        if let stack = limits.stack { result.append(limit(.stack, stack.bytes)) }
        return result + standIns
    }
}

/// RLIMIT_… of asm-generic/resource.h.
private enum ResourceKind: UInt32 {
    case fileSize = 1
    case stack = 3
    case core = 4
    case files = 7
    case lockedMemory = 8
    case pendingSignals = 11
    case messageQueues = 12
}
