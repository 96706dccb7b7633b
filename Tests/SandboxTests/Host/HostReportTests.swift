import Glibc
import Model
import Testing

@testable import Sandbox

@Suite struct HostReportTests {
    static let best: KernelFeatures = {
        var features = KernelFeatures()
        features.release = "6.12.1"
        features.landlock = 7
        return features
    }()
    static let enforced = Enforcement(controlGroup: "/sys/fs/cgroup/cloister", gaps: [])

    private func report(
        _ features: KernelFeatures = best, user: HostUser = IdentityModeTests.root, enforcement: Enforcement = enforced
    ) -> HostReport {
        HostReport(features: features, user: user, enforcement: enforcement)
    }

    @Test func aMachineWithEverythingIsInOrder() {
        let report = report()
        #expect(report.outcome == .ok)
        #expect(report.checks.allSatisfy { $0.outcome == .ok && $0.hint == nil && !$0.detail.isEmpty })
        #expect(Set(report.checks.map(\.name)).count == report.checks.count)
        #expect(report.identities == .range)
    }

    /// One thing wrong with a machine: the check that finds it, what it makes of it, and the way out it names.
    struct Finding: CustomStringConvertible, Sendable {
        var check: String
        var outcome: HostReport.Check.Outcome
        var hint: String
        var change: @Sendable (inout KernelFeatures) -> Void
        var description: String { "\(check): \(hint)" }
    }

    static let findings = [
        Finding(check: "kernel", outcome: .failed, hint: "Linux 5.12") { $0.release = "5.10.0-30-amd64" },
        Finding(check: "namespaces", outcome: .failed, hint: "AppArmor profile") {
            $0.namespaces.mounts = EACCES
            $0.appArmorRestrictsNamespaces = true
        },
        Finding(check: "namespaces", outcome: .failed, hint: "user.max_user_namespaces=") {
            $0.namespaces.user = ENOSPC
            $0.mostUserNamespaces = 0
        },
        Finding(check: "namespaces", outcome: .failed, hint: "kernel.unprivileged_userns_clone=1") {
            $0.namespaces.user = EPERM
            $0.unprivilegedNamespaces = false
        },
        Finding(check: "namespaces", outcome: .failed, hint: "nested too deeply") { $0.namespaces.all = ENOSPC },
        Finding(check: "namespaces", outcome: .failed, hint: "container") { $0.namespaces.user = EPERM },
        Finding(check: "proc", outcome: .failed, hint: "ProtectKernelTunables") { $0.namespaces.proc = EPERM },
        Finding(check: "system call filter", outcome: .failed, hint: "Linux 4.14") { $0.seccompKillsProcesses = false },
        Finding(check: "system call filter", outcome: .weaker, hint: "Linux 5.0") { $0.seccompNotifies = false },
        Finding(check: "Landlock", outcome: .weaker, hint: "lsm=landlock") {
            $0.landlock = 0
            $0.landlockError = EOPNOTSUPP
        },
        Finding(check: "Landlock", outcome: .weaker, hint: "Linux 5.13") {
            $0.landlock = 0
            $0.landlockError = ENOSYS
        },
        Finding(check: "Landlock", outcome: .weaker, hint: "a later kernel") { $0.landlock = 2 },
        Finding(check: "descriptors", outcome: .failed, hint: "allow") { $0.hasPidfd = false },
        Finding(check: "links", outcome: .weaker, hint: "fs.protected_symlinks=1") { $0.protectsLinks = false },
    ]

    @Test(arguments: findings)
    func whatIsMissingIsFoundWithAWayOut(finding: Finding) throws {
        var features = Self.best
        finding.change(&features)
        let report = report(features)
        let check = try #require(report.checks.first { $0.name == finding.check })
        #expect(check.outcome == finding.outcome)
        #expect(check.hint?.contains(finding.hint) == true)
        #expect(report.outcome == finding.outcome)
        #expect(report.checks.filter { $0.outcome != .ok }.count == 1)
    }

    @Test func oneUserForAllIsWeaker() throws {
        let check = try #require(report(user: IdentityModeTests.plain).checks.first { $0.name == "identities" })
        #expect(check == .init(
            "identities", .weaker, "single: all children are user ann, because newuidmap and newgidmap are not installed",
            hint: "apt install uidmap"))
    }

    @Test func eachQuotaThatIsNotEnforcedIsNamed() {
        let report = report(enforcement: .none(because: "switched off"))
        let weaker = report.checks.filter { $0.outcome == .weaker }
        #expect(weaker.map(\.name) == ["memory quota", "process quota", "processor quota", "disk transfer", "group kill"])
        #expect(weaker.allSatisfy { $0.detail.contains("switched off") })
        #expect(report.enforcement.json["missing"]?.array?.count == 5)
    }

    @Test func programsCanReadTheReport() throws {
        var features = Self.best
        features.protectsLinks = false
        let json = report(features).json
        #expect(json["outcome"] == "weaker")
        #expect(json["identities"] == "range")
        #expect(json["enforcement"]?["controlGroup"] == "/sys/fs/cgroup/cloister")
        let links = try #require(json["checks"]?.array?.first { $0["name"] == "links" })
        #expect(links["outcome"] == "weaker")
        #expect(links["hint"]?.string?.isEmpty == false)
        #expect(try JSONValue.parse(json.bytes) == json)
    }

    @Test func releasesAreCompared() {
        var features = KernelFeatures()
        for (release, atLeast512) in [("5.11.22", false), ("5.12", true), ("5.12-rc1", true), ("6.1.0-18-amd64", true), ("", false), ("x", false), ("10.0", true)] {
            features.release = release
            #expect(features.isAtLeast(5, 12) == atLeast512, "\(release)")
        }
    }
}

/// This machine's own kernel.
@Suite(.serialized) struct KernelProbeTests {
    @Test func theRunningKernelIsProbed() {
        let features = KernelFeatures.probe()
        #expect(features.isAtLeast(5, 0))
        #expect(features.seccompKillsProcesses)
        #expect(features.hasMemoryFiles)
        #expect((features.landlock == 0) == (features.landlockError != 0))
        #expect(features.namespaces.canSeal || features.namespaces.user != 0 || features.namespaces.all != 0 || features.namespaces.mounts != 0)
    }

    @Test(.timeLimit(.minutes(1))) func probingLeavesNothingBehindAndBearsThreads() async {
        let namespaces = Self.namespaces
        let first = KernelFeatures.probe()
        await withTaskGroup(of: KernelFeatures.self) { group in
            for _ in 0..<40 { group.addTask { KernelFeatures.probe() } }
            for await features in group { #expect(features == first) }
        }
        #expect(Self.namespaces == namespaces)
        // No zombie: __WCLONE waits for children without an exit signal, and there are no others.
        let clones = Int32(bitPattern: 0x8000_0000)
        #expect(waitpid(-1, nil, WNOHANG | clones) == -1)
        #expect(errno == ECHILD)
    }

    private static var namespaces: [String] {
        ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"].map { name in
            var buffer = [UInt8](repeating: 0, count: 128)
            let count = buffer.withUnsafeMutableBytes {
                readlink("/proc/self/ns/" + name, $0.bindMemory(to: CChar.self).baseAddress!, $0.count)
            }
            return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }
    }

    @Test func examiningDisturbsNobody() throws {
        let before = ControlGroupHierarchy.probe().map { ControlGroupFolder.children(of: $0.mount) }
        let report = HostReport.examine(dataFolder: "/nowhere/examined")
        let after = ControlGroupHierarchy.probe().map { ControlGroupFolder.children(of: $0.mount) }
        #expect(before?.contains(ControlGroupTree.name(dataFolder: "/nowhere/examined")) != true)
        #expect(after?.contains(ControlGroupTree.name(dataFolder: "/nowhere/examined")) != true)
        #expect(report.checks.count == 15)
    }
}
