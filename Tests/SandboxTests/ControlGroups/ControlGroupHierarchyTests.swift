import Testing

@testable import Sandbox

@Suite struct ControlGroupHierarchyTests {
    static let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
    static let hybrid =
        "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
        + "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
        + "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
        + "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"

    @Test func aMachineOfVersionTwoIsRead() throws {
        let found = try #require(ControlGroupHierarchy(mountinfo: Self.unified, groups: "0::/system.slice/cloister.service\n"))
        #expect(found.mount == "/sys/fs/cgroup")
        #expect(found.own == "/system.slice/cloister.service")
        #expect(found.path(found.own) == "/sys/fs/cgroup/system.slice/cloister.service")
        #expect(found.path("/") == "/sys/fs/cgroup")
        #expect(found.versionOne == [:])
    }

    @Test func aMachineOfBothVersionsTellsWhatTheOldOneHolds() throws {
        let groups = "9:name=systemd:/\n4:memory:/x\n0::/\n"
        let found = try #require(ControlGroupHierarchy(mountinfo: Self.hybrid, groups: groups))
        #expect(found.mount == "/sys/fs/cgroup/unified")
        #expect(found.own == "/")
        #expect(found.versionOne["memory"] == "/sys/fs/cgroup/memory")
        #expect(found.versionOne["cpu"] == "/sys/fs/cgroup/cpu,cpuacct")
    }

    @Test func aMountOfASubtreeIsSeenFromThere() throws {
        let line = "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
        #expect(ControlGroupHierarchy(mountinfo: line, groups: "0::/docker/abc/x\n")?.own == "/x")
        #expect(ControlGroupHierarchy(mountinfo: line, groups: "0::/docker/abc\n")?.own == "/")
        #expect(ControlGroupHierarchy(mountinfo: line, groups: "0::/docker/abcd\n") == nil)
        // What a control group namespace shows of a group outside of it.
        #expect(ControlGroupHierarchy(mountinfo: line, groups: "0::/../other\n") == nil)
    }

    @Test func aPlaceWithSpacesIsUnescaped() {
        let line = #"30 23 0:26 / /mnt/a\040b\134c rw - cgroup2 cgroup2 rw"#
        #expect(ControlGroupHierarchy(mountinfo: line, groups: "0::/\n")?.mount == #"/mnt/a b\c"#)
    }

    @Test(arguments: ["", "garbage", "30 23 0:26 / /x rw - tmpfs tmpfs rw\n", "- cgroup2", "1 2 3 - cgroup2 x y"])
    func aMachineWithoutVersionTwoHasNone(mountinfo: String) {
        #expect(ControlGroupHierarchy(mountinfo: mountinfo, groups: "0::/\n") == nil)
    }

    @Test func aProcessWithoutAGroupOfVersionTwoHasNone() {
        #expect(ControlGroupHierarchy(mountinfo: Self.unified, groups: "4:memory:/x\n") == nil)
    }

    @Test func theNameOfADataFolderIsFNV1a() {
        // Test vectors of the algorithm's authors.
        #expect(ControlGroupTree.name(dataFolder: "") == "cloister-811c9dc5")
        #expect(ControlGroupTree.name(dataFolder: "a") == "cloister-e40c292c")
        #expect(ControlGroupTree.name(dataFolder: "foobar") == "cloister-bf9cf968")
    }
}
