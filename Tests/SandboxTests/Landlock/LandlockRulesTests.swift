import CLinux
import Sandbox
import Testing

@Suite struct LandlockRulesTests {
    typealias Grant = LandlockRules.Grant

    /// Rights by their numbers in linux/landlock.h.
    static func bits(_ numbers: Int...) -> UInt64 { numbers.reduce(0) { $0 | 1 << UInt64($1) } }
    static let first = bits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)

    struct Step: CustomStringConvertible, Sendable {
        var version: Int
        var files: UInt64
        var network: UInt64
        var scopes: UInt64
        var size: UInt64
        var lost: Int
        var description: String { "version \(version)" }
    }

    static let ladder = [
        Step(version: 1, files: first, network: 0, scopes: 0, size: 8, lost: 4),
        Step(version: 2, files: first | bits(13), network: 0, scopes: 0, size: 8, lost: 4),
        Step(version: 3, files: first | bits(13, 14), network: 0, scopes: 0, size: 8, lost: 3),
        Step(version: 4, files: first | bits(13, 14), network: 3, scopes: 0, size: 16, lost: 2),
        Step(version: 5, files: first | bits(13, 14, 15), network: 3, scopes: 0, size: 16, lost: 1),
        Step(version: 6, files: first | bits(13, 14, 15), network: 3, scopes: 3, size: 24, lost: 0),
        Step(version: 7, files: first | bits(13, 14, 15), network: 3, scopes: 3, size: 24, lost: 0),
        Step(version: 12, files: first | bits(13, 14, 15), network: 3, scopes: 3, size: 24, lost: 0),
    ]

    @Test(arguments: ladder)
    func eachVersionHandlesEverythingThatItKnows(step: Step) throws {
        let rules = LandlockRules(version: step.version, grants: [Grant("/data", .write)], allowsTCP: false)
        let ruleset = try #require(rules.ruleset)
        #expect(ruleset.files == step.files)
        #expect(ruleset.network == step.network)
        #expect(ruleset.scopes == step.scopes)
        #expect(ruleset.attributeSize == step.size)
        #expect(rules.lost.count == step.lost)
        #expect(ruleset.rules.allSatisfy { $0.access & ~step.files == 0 && $0.access != 0 })
    }

    @Test func aKernelWithoutLandlockLosesAllOfIt() {
        let rules = LandlockRules(version: 0, grants: [Grant("/data", .write)], allowsTCP: false)
        #expect(rules.ruleset == nil)
        #expect(rules.lost.count == 5)
    }

    @Test func whatIsAllowedOnANetworkIsNotHandled() throws {
        let ruleset = try #require(LandlockRules(version: 7, grants: [], allowsTCP: true).ruleset)
        #expect(ruleset.network == 0)
        #expect(ruleset.scopes == 3)
    }

    static let uses: [(LandlockRules.Uses, Bool, UInt64)] = [
        (.list, true, bits(3)),
        (.read, true, bits(2, 3)),
        ([.read, .execute], true, bits(0, 2, 3)),
        ([.read, .overwrite], true, bits(1, 2, 3, 14)),
        ([.read, .write], true, bits(1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14)),
        (.read, false, bits(2)),
        ([.read, .execute], false, bits(0, 2)),
        ([.read, .write], false, bits(1, 2, 14)),
    ]

    @Test(arguments: uses)
    func aGrantGivesItsRightsAndNoOthers(uses: LandlockRules.Uses, isFolder: Bool, access: UInt64) throws {
        let rules = LandlockRules(version: 7, grants: [Grant("/x", uses, isFolder: isFolder)], allowsTCP: false)
        #expect(try #require(rules.ruleset).rules == [.init(path: "/x", access: access)])
    }

    @Test func nothingThatIsGrantedMakesADevice() throws {
        let all = LandlockRules.Uses([.read, .write, .execute])
        let ruleset = try #require(LandlockRules(version: 7, grants: [Grant("/x", all)], allowsTCP: true).ruleset)
        #expect(ruleset.rules[0].access & Self.bits(6, 11, 15) == 0)
        #expect(ruleset.files & Self.bits(6, 11, 15) == Self.bits(6, 11, 15))
    }

    @Test func theViewOfAChildBecomesGrants() {
        let view = SandboxView(
            system: SystemFolders(entries: [.folder("usr"), .link("bin", to: "usr/bin")]), pluginFolder: "/srv/p",
            dataFolder: "/srv/d", exchangeIn: "/srv/i", exchangeOut: "/srv/o", sdkFolder: "/srv/s", readOnly: ["/opt/x"], temporarySize: 1,
            temporaryInodes: 1, showsProcesses: true, hostname: "box")
        #expect(view.landlockGrants == [
            Grant("/", .list), Grant("/usr", [.read, .execute]), Grant("/plugin", [.read, .execute]), Grant("/sdk", .read), Grant("/etc", .read),
            Grant("/dev", [.read, .overwrite]), Grant("/proc", .read), Grant("/tmp", [.read, .write]),
            Grant("/data", [.read, .write]), Grant("/exchange/in", .read), Grant("/exchange/out", [.read, .write]),
            Grant("/opt/x", [.read, .execute], isFolder: false),
        ])
        #expect(view.landlockGrants.allSatisfy { !$0.uses.isSuperset(of: [.write, .execute]) })
    }
}
