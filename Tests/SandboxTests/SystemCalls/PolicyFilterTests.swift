import Model
import Sandbox
import Testing

#if arch(x86_64)
@Suite struct PolicyFilterTests {
    typealias Policy = SystemCallPolicy

    private func filter(_ rules: [String: Policy.Rule]) throws -> FilterInterpreter {
        try FilterInterpreter(SyscallFilter.compile(Policy(rules: rules)).program)
    }

    private func run(_ filter: FilterInterpreter, _ name: String, _ arguments: UInt64...) -> FilterInterpreter.Outcome {
        let rest = [UInt64](repeating: 0, count: 6 - arguments.count)
        return filter.run(.init(number: X86SystemCalls.numbers[name]!, arguments: arguments + rest))
    }

    @Test func aPolicyWithoutRulesLeavesNothing() throws {
        let filter = try filter([:])
        for number in Int32(0)...600 { #expect(filter.run(.init(number: number)) == .error(38)) }
    }

    @Test func theFirstClauseThatHoldsDecides() throws {
        let low = Policy.Condition(argument: 0, mask: 1, values: [1])
        let small = Policy.Condition(argument: 0, values: [1, 2, 3])
        let filter = try filter([
            "read": .init(
                [.init(conditions: [low], answer: .kill), .init(conditions: [small], answer: .allow)],
                otherwise: .refuse(.EACCES))
        ])
        #expect(run(filter, "read", 1) == .notify)
        #expect(run(filter, "read", 2) == .allow)
        #expect(run(filter, "read", 3) == .notify)
        #expect(run(filter, "read", 4) == .error(13))
    }

    @Test func allConditionsOfAClauseMustHold() throws {
        let filter = try filter([
            "socket": .init(
                [.init(conditions: [.init(argument: 0, values: [2]), .init(argument: 5, mask: 0xF0, values: [0x10, 0x20])], answer: .allow)],
                otherwise: .refuse(.EPERM))
        ])
        #expect(run(filter, "socket", 2, 0, 0, 0, 0, 0x12F) == .allow)
        #expect(run(filter, "socket", 2, 0, 0, 0, 0, 0x13F) == .error(1))
        #expect(run(filter, "socket", 1, 0, 0, 0, 0, 0x12F) == .error(1))
    }

    @Test func aRuleWithHundredsOfValuesIsStillDecidedExactly() throws {
        let values = (0..<200).map { UInt32($0 * 3) }
        let filter = try filter([
            "ioctl": .init([.init(conditions: [.init(argument: 1, values: values)], answer: .allow)], otherwise: .refuse(.ENOTTY)),
            "prctl": .init([.init(conditions: [.init(argument: 0, values: values)], answer: .allow)], otherwise: .refuse(.EINVAL)),
        ])
        for value in UInt64(0)..<700 {
            let holds = value % 3 == 0 && value < 600
            #expect(run(filter, "ioctl", 0, value) == (holds ? .allow : .error(25)))
            #expect(run(filter, "prctl", value) == (holds ? .allow : .error(22)))
        }
    }

    @Test func anUnknownNameIsRefused() {
        #expect(throws: Problem(.invalidConfiguration, "unknown system call: raed")) {
            try SyscallFilter.compile(Policy(rules: ["raed": .init(otherwise: .allow)]))
        }
    }

    @Test func aCallOfAnotherArchitectureIsLeftOut() throws {
        #expect(SystemCall(named: "arm_fadvise64_64") == .elsewhere)
        let filter = try filter(["arm_fadvise64_64": .init(otherwise: .allow), "read": .init(otherwise: .allow)])
        #expect((Int32(0)...600).filter { filter.run(.init(number: $0)) == .allow } == [0])
    }

    @Test func callsYoungerThanTheLibraryHaveTheirNumbers() {
        for (number, name) in X86SystemCalls.names {
            #expect(SystemCall(named: name) == .number(number), "\(name)")
            #expect(SystemCall.name(of: number) == name)
        }
        #expect(SystemCall.name(of: 999) == "system call 999")
    }

    @Test func onlyARuleThatKillsNeedsAListener() throws {
        #expect(try !SyscallFilter.compile(Policy(rules: ["read": .init(otherwise: .allow)])).hasNotify)
        #expect(try SyscallFilter.compile(Policy(rules: ["read": .init(otherwise: .kill)])).hasNotify)
    }
}
#endif
