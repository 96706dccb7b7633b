import Model
import Sandbox
import Testing

@Suite struct ControlGroupLimitsTests {
    private func values(_ limits: ControlGroupLimits, disk: String? = "8:0") -> [String: String] {
        Dictionary(uniqueKeysWithValues: limits.settings(disk: disk).map { ($0.file, $0.value) })
    }

    @Test func whatIsNotLimitedIsNotWritten() {
        #expect(ControlGroupLimits().settings(disk: "8:0") == [])
    }

    @Test(arguments: [(1.0, "100000 100000"), (0.5, "50000 100000"), (2.25, "225000 100000"), (0.01, "1000 100000"), (0.001, "1000 100000")])
    func processorTimeIsAShareOfATenthOfASecond(cpu: Double, value: String) {
        var limits = ControlGroupLimits()
        limits.cpu = cpu
        #expect(values(limits) == ["cpu.max": value])
    }

    @Test func diskTransferNamesTheDisk() {
        var limits = ControlGroupLimits()
        limits.io = InputOutputLimits(read: .mebibytes(1), writeOperations: 50)
        #expect(values(limits) == ["io.max": "8:0 rbps=1048576 wiops=50"])
        limits.io = InputOutputLimits(read: .mebibytes(1), write: .mebibytes(2), readOperations: 3, writeOperations: 4)
        #expect(values(limits) == ["io.max": "8:0 rbps=1048576 wbps=2097152 riops=3 wiops=4"])
        #expect(limits.settings(disk: nil) == [])
    }

    @Test func aChildEndsAsAWholeAndATenantDoesNot() {
        #expect(values(ControlGroupLimits(ProfileLimits()))["memory.oom.group"] == "1")
        #expect(values(ControlGroupLimits(Quota.ordinary))["memory.oom.group"] == "0")
    }

    @Test func resourceLimitsStandInForWhatIsMissing() {
        var limits = ProfileLimits()
        limits.memory = .mebibytes(100)
        limits.processes = 9
        limits.files = 33
        limits.fileSize = .mebibytes(1)
        func table(_ enforcement: Enforcement) -> [UInt32: UInt64] {
            Dictionary(uniqueKeysWithValues: limits.resourceLimits(under: enforcement).map { ($0.resource, $0.hard) })
        }
        let whole = table(Enforcement(controlGroup: "/x", gaps: []))
        #expect(whole == [4: 1, 1: 1 << 20, 7: 33, 8: 65536, 11: 1024, 12: 0, 13: 0, 14: 0])
        let none = table(Enforcement(controlGroup: nil, gaps: [.init(.memory, reason: ""), .init(.processes, reason: "")]))
        #expect(none[2] == 100 << 20)
        #expect(none[6] == 9)
        limits.stack = .mebibytes(2)
        #expect(table(Enforcement(controlGroup: "/x", gaps: []))[3] == 2 << 20)
    }
}
