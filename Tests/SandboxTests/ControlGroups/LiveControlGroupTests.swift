import Glibc
import HostTesting
import Model
import Testing

@testable import Sandbox

/// The kernel's own control groups.
@Suite(.serialized, .enabled(if: ControlGroupsHere.arePossible)) struct LiveControlGroupTests {
    private let acme = TenantID(unchecked: "acme")
    private let plugin = PluginID(unchecked: "spinner")

    /// Runs `body` with a tree of its own, which is gone afterwards.
    private func withTree(_ name: String, _ body: (ControlGroupTree) throws -> Void) throws {
        let folder = "/nowhere/\(getpid())/\(name)"
        let tree = try #require(try ControlGroupTree.open(.automatic, dataFolder: folder).tree)
        defer {
            tree.close()
            #expect(access(tree.tenants, F_OK) != 0)
        }
        try body(tree)
    }

    private func makeGroup(_ tree: ControlGroupTree, instance: Int = 0) throws -> ControlGroup {
        try tree.makeGroup(
            tenant: acme, plugin: plugin, instance: instance, limits: ControlGroupLimits(ProfileLimits()), quota: .ordinary)
    }

    /// A shell that runs `script` once it is in the group. Its process is the caller's to wait for.
    private func start(_ script: String, in group: ControlGroup) throws -> pid_t {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addclose(&actions, ends[1])
        defer { posix_spawn_file_actions_destroy(&actions) }
        let arguments = ["sh", "-c", "read go; exec </dev/null >/dev/null 2>&1; \(script)"]
        let pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var process: pid_t = 0
        try #require(posix_spawn(&process, "/bin/sh", &actions, nil, pointers, nil) == 0)
        close(ends[0])
        FakeKernel.write("\(process)", to: group.path + "/cgroup.procs")
        write(ends[1], "\n", 1)
        close(ends[1])
        return process
    }

    private func processes(_ group: ControlGroup) -> Int {
        (ControlGroupFolder.text(of: group.path + "/cgroup.procs") ?? "").split(separator: "\n").count
    }

    private func eventually(_ condition: () -> Bool) -> Bool {
        for _ in 0..<400 {
            if condition() { return true }
            usleep(5000)
        }
        return false
    }

    /// The signal that ended a process, 0 if it ended by itself; after two seconds it is ended here, which shows as -1.
    private func end(_ process: pid_t) -> Int32 {
        var status: Int32 = 0
        if eventually({ waitpid(process, &status, WNOHANG) == process }) { return status & 0x7F }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
        return -1
    }

    @Test(.timeLimit(.minutes(1))) func killingAGroupEndsWhatForkedAwayFromItsParent() throws {
        try withTree("kill") { tree in
            let group = try makeGroup(tree)
            let process = try start("(setsid sleep 600 &) ; sleep 600 & exec setsid sleep 600", in: group)
            #expect(eventually { processes(group) == 3 })
            #expect(group.isPopulated)
            group.kill()
            #expect(end(process) == SIGKILL)
            #expect(eventually { !group.isPopulated })
            #expect(group.remove())
            #expect(access(group.path, F_OK) != 0)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aFrozenGroupUsesNoTimeAndCanBeThawedOrKilled() throws {
        try withTree("freeze") { tree in
            let group = try makeGroup(tree)
            let process = try start("while :; do :; done", in: group)
            let used = { group.usage().cpuMicroseconds ?? 0 }
            #expect(eventually { used() > 20_000 })
            group.freeze()
            #expect(eventually { ControlGroupFolder.text(of: group.path + "/cgroup.events")?.contains("frozen 1") == true })
            let frozen = used()
            usleep(100_000)
            #expect(used() - frozen < 5000)
            group.thaw()
            #expect(eventually { used() > frozen + 20_000 })
            group.freeze()
            group.kill()
            #expect(end(process) == SIGKILL)
            #expect(group.remove())
        }
    }

    @Test(.timeLimit(.minutes(1))) func timeIsCountedForWhatHasEndedToo() throws {
        try withTree("count") { tree in
            let group = try makeGroup(tree)
            #expect(group.usage().cpuMicroseconds == 0)
            let process = try start("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done", in: group)
            #expect(end(process) == 0)
            #expect((group.usage().cpuMicroseconds ?? 0) > 1000)
            let whole = try #require(tree.usage(tenant: acme)?.cpuMicroseconds)
            #expect(whole >= group.usage().cpuMicroseconds ?? .max)
            #expect(group.remove())
        }
    }

    @Test(.timeLimit(.minutes(1))) func removingAGroupEndsWhatIsLeftInIt() throws {
        try withTree("remove") { tree in
            let group = try makeGroup(tree)
            let process = try start("exec sleep 600", in: group)
            #expect(eventually { processes(group) == 1 })
            #expect(group.remove())
            #expect(end(process) == SIGKILL)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aNewDaemonSweepsWhatAnEarlierOneLeft() throws {
        let folder = "/nowhere/\(getpid())/sweep"
        let first = try #require(try ControlGroupTree.open(.automatic, dataFolder: folder).tree)
        let processes = try (0..<3).map { try start("sleep 600 & exec sleep 600", in: makeGroup(first, instance: $0)) }
        let second = try #require(try ControlGroupTree.open(.automatic, dataFolder: folder).tree)
        #expect(second.base == first.base)
        for process in processes { #expect(end(process) == SIGKILL) }
        #expect(ControlGroupFolder.children(of: second.tenants) == [])
        second.close()
        #expect(access(second.tenants, F_OK) != 0)
    }

    @Test(.timeLimit(.minutes(1))) func twoDaemonsDoNotSweepEachOther() throws {
        try withTree("one") { one in
            let group = try makeGroup(one)
            let process = try start("exec sleep 600", in: group)
            try withTree("other") { other in #expect(other.base != one.base) }
            #expect(group.isPopulated)
            group.kill()
            #expect(end(process) == SIGKILL)
        }
    }

    @Test(.timeLimit(.minutes(1))) func theGroupOfAnEarlierLifeIsEmptiedBeforeTheNext() throws {
        try withTree("again") { tree in
            let first = try makeGroup(tree)
            let process = try start("exec sleep 600", in: first)
            let second = try makeGroup(tree)
            #expect(end(process) == SIGKILL)
            #expect(!second.isPopulated)
            #expect(second.usage().cpuMicroseconds == 0)
            #expect(second.descriptor != first.descriptor)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aTenantIsRemovedWithAllItsChildren() throws {
        try withTree("tenant") { tree in
            let processes = try (0..<2).map { try start("exec sleep 600", in: makeGroup(tree, instance: $0)) }
            #expect(tree.remove(tenant: acme))
            for process in processes { #expect(end(process) == SIGKILL) }
            #expect(tree.usage(tenant: acme) == nil)
        }
    }
}
