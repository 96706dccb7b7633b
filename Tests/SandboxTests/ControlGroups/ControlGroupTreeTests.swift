import Glibc
import Model
import Testing

@testable import Sandbox

/// What is written where, on a kernel made of plain files; what the kernel does with it, the guest tests show.
@Suite struct ControlGroupTreeTests {
    static let all = ["cpuset", "cpu", "io", "memory", "pids"]
    static let quota = Quota(memory: .mebibytes(512), processes: 100, cpu: 1.5, cpuWeight: 200, disk: .gibibytes(1))

    static func limits() -> ControlGroupLimits {
        var limits = ProfileLimits()
        limits.memory = .mebibytes(64)
        limits.processes = 10
        limits.cpu = 0.25
        limits.cpuWeight = 50
        return ControlGroupLimits(limits)
    }

    private let acme = TenantID(unchecked: "acme")
    private let exif = PluginID(unchecked: "exif")

    private func open(
        _ kernel: FakeKernel, _ choice: ControlGroupTree.Choice = .automatic, own: String = "/"
    ) throws -> ControlGroupTree.Opening {
        try ControlGroupTree.open(choice, dataFolder: "/var/lib/cloister", hierarchy: kernel.hierarchy(own: own))
    }

    @Test func aTenantHoldsItsQuotaAndAChildItsLimits() throws {
        let kernel = try FakeKernel(controllers: Self.all)
        defer { kernel.erase() }
        let opening = try open(kernel)
        let tree = try #require(opening.tree)
        #expect(tree.controllers == [.cpu, .memory, .pids, .io])
        let group = try tree.makeGroup(tenant: acme, plugin: exif, instance: 2, limits: Self.limits(), quota: Self.quota)
        let base = try #require(tree.base.split(separator: "/").last)
        #expect(group.path == "\(tree.base)/tenants/acme/exif/2")
        #expect(group.memoryLimit == .mebibytes(64))

        let tenant = "\(base)/tenants/acme/"
        #expect(kernel.text(tenant + "memory.max") == "536870912")
        #expect(kernel.text(tenant + "memory.oom.group") == "0")
        #expect(kernel.text(tenant + "pids.max") == "100")
        #expect(kernel.text(tenant + "cpu.max") == "150000 100000")
        #expect(kernel.text(tenant + "cpu.weight") == "200")
        let child = tenant + "exif/2/"
        #expect(kernel.text(child + "memory.max") == "67108864")
        #expect(kernel.text(child + "memory.swap.max") == "0")
        #expect(kernel.text(child + "memory.oom.group") == "1")
        #expect(kernel.text(child + "pids.max") == "10")
        #expect(kernel.text(child + "cpu.max") == "25000 100000")
        #expect(kernel.text(child + "cpu.weight") == "50")
        #expect(kernel.text(child + "cgroup.subtree_control") == "")

        // The folder between them passes controllers on and limits nothing.
        #expect(kernel.text(tenant + "exif/memory.max") == "")
        #expect(kernel.text(tenant + "exif/cgroup.subtree_control")?.isEmpty == false)
    }

    @Test func aChangedQuotaReachesTheTenantsGroupAtOnce() throws {
        let kernel = try FakeKernel(controllers: Self.all)
        defer { kernel.erase() }
        let tree = try #require(try open(kernel).tree)
        // Nobody there yet: nothing to write, and no error.
        try tree.setQuota(Self.quota, tenant: acme)
        _ = try tree.makeGroup(tenant: acme, plugin: exif, instance: 0, limits: Self.limits(), quota: Self.quota)
        var quota = Self.quota
        quota.processes = 7
        try tree.setQuota(quota, tenant: acme)
        #expect(ControlGroupFolder.text(of: tree.base + "/tenants/acme/pids.max") == "7")
    }

    @Test func anOldKernelLacksOptionalFilesOnly() throws {
        let kernel = try FakeKernel(controllers: Self.all, optional: false)
        defer { kernel.erase() }
        let tree = try #require(try open(kernel).tree)
        let group = try tree.makeGroup(tenant: acme, plugin: exif, instance: 0, limits: Self.limits(), quota: Self.quota)
        #expect(ControlGroupFolder.text(of: group.path + "/memory.max") == "67108864")
        #expect(ControlGroupFolder.text(of: group.path + "/memory.oom.group") == nil)
        #expect(group.usage().memoryPeakBytes == nil)
    }

    @Test func eachControllerThatIsMissingIsAGapWithItsReason() throws {
        let kernel = try FakeKernel(controllers: ["hugetlb", "pids"])
        defer { kernel.erase() }
        let hierarchy = kernel.hierarchy(versionOne: ["memory": "/sys/fs/cgroup/memory"])
        let opening = try ControlGroupTree.open(.automatic, dataFolder: "/x", hierarchy: hierarchy)
        let enforcement = opening.enforcement
        #expect(opening.tree?.controllers == [.pids])
        #expect(enforcement.controlGroup == opening.tree?.base)
        #expect(!enforcement.memory && !enforcement.cpu && !enforcement.io && enforcement.processes && enforcement.kill)
        #expect(enforcement.missing == [
            "processor time is neither limited nor shared by weight: this kernel has no cpu controller",
            "memory of a tenant or plugin is not limited: this machine has its controller in version 1 of control groups, at "
                + "/sys/fs/cgroup/memory; each process is limited by RLIMIT_DATA instead",
            "disk transfer is not limited: this kernel has no io controller",
        ])
        let problem = #expect(throws: Problem.self) { try enforcement.requireQuotas() }
        #expect(problem?.message == "quotas cannot be enforced here: cpu, memory")
        let group = try #require(opening.tree).makeGroup(
            tenant: acme, plugin: exif, instance: 0, limits: Self.limits(), quota: Self.quota)
        #expect(ControlGroupFolder.text(of: group.path + "/pids.max") == "10")
        #expect(group.memoryLimit == nil)
    }

    @Test func aControllerThatTheMachineHasButTheServiceWasNotGivenIsNotDelegated() throws {
        let kernel = try FakeKernel(controllers: Self.all)
        defer { kernel.erase() }
        try kernel.makeGroup("/service", controllers: ["pids"], processes: "\(getpid())\n")
        let enforcement = try open(kernel, own: "/service").enforcement
        #expect(enforcement.gaps.first { $0.resource == .memory }?.reason == "the memory controller is not delegated to \(kernel.mount)/service")
    }

    @Test func aDaemonAloneInItsGroupMovesOutOfItsWayAndUsesItWhole() throws {
        let kernel = try FakeKernel(controllers: Self.all)
        defer { kernel.erase() }
        try kernel.makeGroup("/service", controllers: Self.all, processes: "\(getpid())\n")
        let opening = try open(kernel, own: "/service")
        #expect(opening.tree?.base == kernel.mount + "/service")
        #expect(opening.tree?.controllers.count == 4)
        #expect(kernel.text("service/daemon/cgroup.procs") == "\(getpid())")
    }

    @Test func aDaemonWithoutControllersStaysWhereItIs() throws {
        let kernel = try FakeKernel(controllers: Self.all)
        defer { kernel.erase() }
        try kernel.makeGroup("/service", controllers: [], processes: "\(getpid())\n")
        #expect(try open(kernel, own: "/service").tree?.base == kernel.mount + "/service")
        #expect(kernel.text("service/daemon/cgroup.procs") == nil)
    }

    @Test func aDaemonThatSharesItsGroupUsesAPartOfItAndEnablesNothing() throws {
        let kernel = try FakeKernel(controllers: Self.all)
        defer { kernel.erase() }
        try kernel.makeGroup("/session", controllers: Self.all, processes: "1\n\(getpid())\n")
        let opening = try open(kernel, own: "/session")
        let base = try #require(opening.tree?.base)
        // One controller alone would make the group a threaded domain, and its children unusable.
        #expect(opening.tree?.controllers == [])
        #expect(kernel.text("session/cgroup.subtree_control") == "")
        #expect(kernel.text("session/daemon/cgroup.procs") == nil)
        #expect(opening.enforcement.gaps.count == 4)
        #expect(opening.enforcement.gaps.allSatisfy { $0.reason.hasPrefix("other processes than the daemon are in \(kernel.mount)/session") })
        #expect(opening.enforcement.kill)
        let foreseen = ControlGroupTree.foresee(
            .automatic, dataFolder: "/var/lib/cloister", hierarchy: kernel.hierarchy(own: "/session"))
        #expect(foreseen == opening.enforcement)
        #expect(base == kernel.mount + "/session/" + ControlGroupTree.name(dataFolder: "/var/lib/cloister"))
        #expect(try open(kernel, own: "/session").tree?.base == base)
    }

    @Test func aDaemonThatMovedItselfFindsItsGroupAgain() throws {
        let kernel = try FakeKernel(controllers: Self.all)
        defer { kernel.erase() }
        try kernel.makeGroup("/service", controllers: Self.all)
        try kernel.makeGroup("/service/daemon", controllers: [], processes: "\(getpid())\n")
        try kernel.makeGroup("/service/tenants", controllers: Self.all)
        #expect(try open(kernel, own: "/service/daemon").tree?.base == kernel.mount + "/service")
        // Without the groups of an earlier start, a group of that name is like any other.
        try kernel.makeGroup("/daemon", controllers: Self.all, processes: "\(getpid())\n")
        #expect(try open(kernel, own: "/daemon").tree?.base == kernel.mount + "/daemon")
    }

    @Test func aNamedGroupIsMadeAndUsed() throws {
        let kernel = try FakeKernel(controllers: Self.all)
        defer { kernel.erase() }
        FakeKernel.write("+memory", to: kernel.mount + "/cgroup.subtree_control")
        #expect(try open(kernel, .path("/cloister")).tree?.base == kernel.mount + "/cloister")
        for path in ["", "/", "cloister", "/../etc", "/a/./b"] {
            #expect(throws: Problem.self) { try open(kernel, .path(path)) }
        }
        let problem = #expect(throws: Problem.self) { try open(kernel, .path("/missing/cloister")) }
        #expect(problem?.code == .invalidConfiguration)
    }

    @Test func withoutControlGroupsEverythingIsAGap() throws {
        let none = try ControlGroupTree.open(.none, dataFolder: "/x")
        #expect(none.tree == nil)
        #expect(Enforcement.Resource.allCases.allSatisfy { !none.enforcement.enforces($0) })
        #expect(none.enforcement.controlGroup == nil)
        let unmounted = try ControlGroupTree.open(.automatic, dataFolder: "/x", hierarchy: nil)
        #expect(unmounted.enforcement.missing.count == 5)
        #expect(unmounted.enforcement.json["kill"] == .bool(false))
        #expect(throws: Problem.self) { try ControlGroupTree.open(.path("/a"), dataFolder: "/x", hierarchy: nil) }
        #expect(throws: Problem.self) { try unmounted.enforcement.requireQuotas() }
        try Enforcement(controlGroup: "/x", gaps: [.init(.io, reason: "no"), .init(.kill, reason: "no")]).requireQuotas()
    }

    @Test func whatAChildLacksForMemoryIsRead() throws {
        let kernel = try FakeKernel(controllers: Self.all)
        defer { kernel.erase() }
        let tree = try #require(try open(kernel).tree)
        let group = try tree.makeGroup(tenant: acme, plugin: exif, instance: 0, limits: Self.limits(), quota: Self.quota)
        #expect(!group.ranOutOfMemory)
        FakeKernel.write("low 0\nhigh 0\nmax 9\noom 1\noom_kill 0\noom_group_kill 0\n", to: group.path + "/memory.events")
        #expect(!group.ranOutOfMemory)
        FakeKernel.write("low 0\nhigh 0\nmax 9\noom 1\noom_kill 3\noom_group_kill 1\n", to: group.path + "/memory.events")
        #expect(group.ranOutOfMemory && group.reachedMemoryLimit)
        // The tenant's quota was the one that was reached.
        FakeKernel.write("low 0\nhigh 0\nmax 0\noom 0\noom_kill 3\noom_group_kill 1\n", to: group.path + "/memory.events")
        #expect(group.ranOutOfMemory && !group.reachedMemoryLimit)
        FakeKernel.write("4096\n", to: group.path + "/memory.current")
        FakeKernel.write("8192\n", to: group.path + "/memory.peak")
        FakeKernel.write("usage_usec 1500\nuser_usec 1000\n", to: group.path + "/cpu.stat")
        #expect(group.usage() == .init(memoryBytes: 4096, memoryPeakBytes: 8192, cpuMicroseconds: 1500))
    }
}
