package import Model
package import Sandbox

/// Turns what a plugin needs into the plan by which each of its instances is launched. Pure.
package struct PluginSandbox: Sendable {
    /// The folders of one plugin for one tenant: absolute paths without symbolic links.
    package struct Folders: Sendable, Equatable {
        package var plugin: String
        package var data: String
        package var exchangeIn: String
        package var exchangeOut: String
        /// Shown at `/sdk`; nil where this host has none.
        package var sdk: String?
        /// An empty folder on which new roots are built.
        package var stage: String

        package init(plugin: String, data: String, exchangeIn: String, exchangeOut: String, sdk: String? = nil, stage: String) {
            self.plugin = plugin
            self.data = data
            self.exchangeIn = exchangeIn
            self.exchangeOut = exchangeOut
            self.sdk = sdk
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
    package var enforcement: Enforcement

    package init(
        profile: Profile, filter: SyscallFilter, limits: ProfileLimits, temporarySize: ByteSize,
        identity: LaunchPlan.Identity, dropsGroups: Bool, landlockVersion: Int, system: SystemFolders,
        enforcement: Enforcement
    ) {
        self.profile = profile
        self.filter = filter
        self.limits = limits
        self.temporarySize = temporarySize
        self.identity = identity
        self.dropsGroups = dropsGroups
        self.landlockVersion = landlockVersion
        self.system = system
        self.enforcement = enforcement
    }

    /// `environment` are variables of the plugin's own. With `hasEgress` the child gets a way out; nothing says yet who
    /// serves it.
    package func plan(
        command: [String], folders: Folders, protocol name: String = "cloister/1", environment own: [String: String] = [:],
        hasEgress: Bool = false
    ) -> LaunchPlan {
        let view = SandboxView(
            system: system, pluginFolder: folders.plugin, dataFolder: folders.data, exchangeIn: folders.exchangeIn,
            exchangeOut: folders.exchangeOut, sdkFolder: folders.sdk, readOnly: profile.filesystem.readOnly,
            temporarySize: temporarySize.bytes, temporaryInodes: Int64(profile.filesystem.temporaryFiles),
            showsProcesses: profile.filesystem.showsProcesses, hostname: profile.hostname,
            userID: identity.innerUser, groupID: identity.innerGroup)
        let egressPort = hasEgress ? Self.egressPort : nil
        let rules = LandlockRules(
            version: landlockVersion, grants: view.landlockGrants, allowsTCP: profile.raisesLoopback, egressPort: egressPort)
        // The first word of a command is a path in the sandbox, or a file of the plugin's folder.
        let program = command[0].hasPrefix("/") ? command[0] : "/plugin/" + command[0]
        var plan = LaunchPlan(
            stage: folders.stage, identity: identity, hostname: profile.hostname,
            mounts: view.mounts(handsOver: identity.mapping != .single), limits: limits.resourceLimits(under: enforcement),
            landlock: rules.ruleset, filter: filter, directory: "/plugin", program: program, arguments: command,
            environment: environment(folders, name, own, hasEgress: hasEgress))
        plan.egressPort = egressPort
        plan.dropsGroups = dropsGroups
        plan.raisesLoopback = profile.raisesLoopback
        plan.refusesWritableCode = profile.refusesWritableCode
        return plan
    }

    /// What the host sets goes before what the manifest sets, and that before what the profile does.
    private func environment(
        _ folders: Folders, _ protocolName: String, _ own: [String: String], hasEgress: Bool
    ) -> [String] {
        var variables = [
            "CLOISTER_PROTOCOL": protocolName, "HOME": "/data", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TMPDIR": "/tmp",
        ]
        if folders.sdk != nil { variables["CLOISTER_SDK"] = "/sdk" }
        if hasEgress { variables.merge(Self.proxyVariables) { host, _ in host } }
        variables.merge(own) { host, _ in host }
        variables.merge(profile.environment) { own, _ in own }
        return variables.map { "\($0.key)=\($0.value)" }.sorted()
    }
}
