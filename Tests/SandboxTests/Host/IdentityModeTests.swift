import Model
import Testing

@testable import Sandbox

@Suite struct IdentityModeTests {
    static let range = SubordinateRange(start: 100_000, count: 65_536)
    static let root = HostUser(id: 0, name: "root", mapsFreely: true, hasMapTools: false)
    static let mapped = HostUser(
        id: 1000, name: "ann", mapsFreely: false, hasMapTools: true, users: [range], groups: [range])
    static let plain = HostUser(id: 1000, name: "ann", mapsFreely: false, hasMapTools: false, users: [range], groups: [range])
    static let poor = HostUser(
        id: 1000, name: nil, mapsFreely: false, hasMapTools: true, users: [.init(start: 5000, count: 8)], groups: [range])

    @Test func theBestThatIsPossibleIsChosen() throws {
        #expect(try IdentityMode.select(.auto, for: Self.root) == .range)
        #expect(try IdentityMode.select(.auto, for: Self.mapped) == .subordinate(users: Self.range, groups: Self.range))
        #expect(try IdentityMode.select(.auto, for: Self.plain) == .single)
        #expect(try IdentityMode.select(.auto, for: Self.poor) == .single)
    }

    @Test func whatIsAskedForIsChosenOrRefused() throws {
        #expect(try IdentityMode.select(.single, for: Self.root) == .single)
        #expect(try IdentityMode.select(.range, for: Self.root) == .range)
        #expect(try IdentityMode.select(.subordinate, for: Self.mapped).name == "subordinate")
        // A small range is no reason to refuse someone who asks for it.
        #expect(try IdentityMode.select(.subordinate, for: Self.poor).slots == 8)
        let range = #expect(throws: Problem.self) { try IdentityMode.select(.range, for: Self.mapped) }
        #expect(range?.description == "identities: range is not possible for user ann (it needs CAP_SETUID and CAP_SETGID; choose subordinate or auto)")
        let tools = #expect(throws: Problem.self) { try IdentityMode.select(.subordinate, for: Self.plain) }
        #expect(tools?.description == "identities: subordinate is not possible for user ann: newuidmap and newgidmap are not installed (apt install uidmap)")
        var bare = Self.mapped
        bare.groups = []
        let ranges = #expect(throws: Problem.self) { try IdentityMode.select(.subordinate, for: bare) }
        #expect(ranges?.message.hasSuffix("/etc/subgid has no range for it") == true)
        #expect(ranges?.hint == "usermod --add-subuids 1900000000-1900065535 --add-subgids 1900000000-1900065535 ann")
        #expect(ranges?.code == .invalidConfiguration)
    }

    @Test func toolsThatCanGainNoPrivilegeAreOfNoUse() throws {
        var user = Self.mapped
        user.mayGainPrivilege = false
        #expect(try IdentityMode.select(.auto, for: user) == .single)
        let problem = #expect(throws: Problem.self) { try IdentityMode.select(.subordinate, for: user) }
        #expect(problem?.message.hasSuffix("newuidmap and newgidmap can gain no privilege here") == true)
        #expect(problem?.hint?.hasPrefix("start the daemon without NoNewPrivileges=") == true)
    }

    @Test func theLargestRangeIsUsed() throws {
        var user = Self.mapped
        user.users = [.init(start: 1, count: 300), .init(start: 500_000, count: 70_000)]
        let mode = try IdentityMode.select(.auto, for: user)
        #expect(mode == .subordinate(users: .init(start: 500_000, count: 70_000), groups: Self.range))
        #expect(mode.slots == 65_536)
    }

    @Test func eachSlotIsAnotherUser() throws {
        #expect(try IdentityMode.range.identity(slot: 0) == .init(mapping: .direct(user: 1_900_000_000, group: 1_900_000_000)))
        #expect(try IdentityMode.range.identity(slot: 999_999) == .init(mapping: .direct(user: 1_900_999_999, group: 1_900_999_999)))
        let mode = IdentityMode.subordinate(users: .init(start: 10, count: 5), groups: .init(start: 70, count: 3))
        #expect(try mode.identity(slot: 2) == .init(mapping: .tools(user: 12, group: 72)))
        #expect(try IdentityMode.single.identity(slot: 4_000_000_000) == .init(mapping: .single))
    }

    @Test func aSlotBeyondTheRangeHasNoIdentity() {
        let mode = IdentityMode.subordinate(users: .init(start: 10, count: 5), groups: .init(start: 70, count: 3))
        let problem = #expect(throws: Problem.self) { try mode.identity(slot: 3) }
        #expect(problem?.code == .quotaExceeded)
        #expect(throws: Problem.self) { try IdentityMode.range.identity(slot: 1_000_000) }
    }

    @Test func rangesAreReadByNameAndByNumber() {
        let text = "ann:100000:65536\nbob:1:5\n1000:7:3\n# note\nann:x:5\nann:5\nann:9:0\nann:4294967295:2\n0ann:3:3\n"
        #expect(SubordinateRange.all(in: text, userName: "ann", userID: 1000) == [Self.range, .init(start: 7, count: 3)])
        #expect(SubordinateRange.all(in: text, userName: nil, userID: 1000) == [.init(start: 7, count: 3)])
        #expect(SubordinateRange.all(in: text, userName: nil, userID: 5) == [])
        #expect(SubordinateRange.all(in: "", userName: "ann", userID: 1000) == [])
    }

    @Test func thePowerToMapIsReadFromTheProcess() {
        #expect(HostUser.holdsSetID(status: "Name:\tx\nCapEff:\t000001ffffffffff\n"))
        #expect(HostUser.holdsSetID(status: "CapEff:\t00000000000000c0\n"))
        #expect(!HostUser.holdsSetID(status: "CapEff:\t0000000000000080\n"))
        #expect(!HostUser.holdsSetID(status: "CapPrm:\t000001ffffffffff\nCapEff:\t0000000000000000\n"))
        #expect(!HostUser.holdsSetID(status: ""))
        #expect(HostUser.mayGainPrivilege(status: "CapBnd:\t00000000000000c0\nNoNewPrivs:\t0\n"))
        #expect(!HostUser.mayGainPrivilege(status: "CapBnd:\t00000000000000c0\nNoNewPrivs:\t1\n"))
        #expect(!HostUser.mayGainPrivilege(status: "CapBnd:\t0000000000000000\nNoNewPrivs:\t0\n"))
        #expect(!HostUser.mayGainPrivilege(status: ""))
        #expect(HostUser.covers(map: "         0          0 4294967295\n"))
        #expect(!HostUser.covers(map: "         0       1000          1\n         1     100000      65536\n"))
        #expect(HostUser.covers(map: "0 100000 65536\n1900000000 200000 1000000\n"))
        #expect(!HostUser.covers(map: "1900000000 200000 999999\n"))
        #expect(!HostUser.covers(map: ""))
    }
}
