import CLinux
import Glibc
import Model
package import Sandbox

/// Plans for real children on this machine, under the profiles that ship.
package struct SandboxFixture: Sendable {
    package let folder: String
    package var profile: Profile
    package let filter: SyscallFilter

    /// Uses `folder` for the child's folders.
    package init(folder: String, profile name: String = "default") throws {
        self.folder = folder
        profile = try ProfileLibrary.load(folder: Built.root + "/sandbox-profiles").profile(named: name)
        filter = try SyscallFilter.compile(profile.systemCalls)
        for name in ["plugin", "data", "in", "out", "sdk", "stage"] { mkdir("\(folder)/\(name)", 0o755) }
    }

    package var pluginFolder: String { folder + "/plugin" }
    package var dataFolder: String { folder + "/data" }

    package var view: SandboxView {
        SandboxView(
            system: .probe(), pluginFolder: pluginFolder, dataFolder: dataFolder, exchangeIn: folder + "/in",
            exchangeOut: folder + "/out", sdkFolder: folder + "/sdk", readOnly: [], temporarySize: 16 << 20, temporaryInodes: 1024,
            showsProcesses: true, hostname: "cloister")
    }

    /// As root a user of its own, otherwise the tester's.
    package var identity: LaunchPlan.Identity {
        LaunchPlan.Identity(
            mapping: geteuid() == 0 ? .direct(user: 1_900_000_001, group: 1_900_000_001) : .single)
    }

    /// With an `egressPort` the child gets a way out, which `SealedRun.run` hands to whoever serves it.
    package func plan(_ command: [String], landlock: Bool = true, egressPort: UInt16? = nil) -> LaunchPlan {
        let view = view
        let version = landlock ? max(0, Int(cloister_landlock_abi())) : 0
        var plan = LaunchPlan(
            stage: folder + "/stage", identity: identity, hostname: "cloister",
            mounts: view.mounts(handsOver: identity.mapping != .single), limits: [],
            landlock: LandlockRules(
                version: version, grants: view.landlockGrants, allowsTCP: false, egressPort: egressPort
            ).ruleset,
            filter: filter, directory: "/plugin", program: command[0], arguments: command,
            environment: ["PATH=/usr/bin:/bin", "HOME=/data", "LANG=C.UTF-8"])
        plan.egressPort = egressPort
        plan.dropsGroups = geteuid() == 0
        plan.refusesWritableCode = profile.refusesWritableCode
        return plan
    }

    /// Copies a built program into the plugin's folder.
    package func install(_ program: String) throws {
        try copy(Built.program(program), to: "\(pluginFolder)/\(program)", mode: 0o755)
    }

    /// Writes a file into the plugin's folder.
    package func write(_ name: String, _ content: String, mode: UInt32 = 0o755) throws {
        let path = "\(pluginFolder)/\(name)"
        guard let file = fopen(path, "we") else { throw Problem(systemCall: "fopen \(path)") }
        fputs(content, file)
        fclose(file)
        chmod(path, mode)
    }
}

/// Copies a file; tests run programs where a plugin's folder shows them.
package func copy(_ source: String, to target: String, mode: UInt32) throws {
    let from = open(source, O_RDONLY | O_CLOEXEC)
    guard from >= 0 else { throw Problem(systemCall: "open \(source)") }
    defer { close(from) }
    let to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard to >= 0 else { throw Problem(systemCall: "open \(target)") }
    defer { close(to) }
    while sendfile(to, from, nil, 1 << 20) > 0 {}
    fchmod(to, mode)
}
