import HostTesting
import Sandbox
import Testing

#if arch(x86_64)
@Suite struct ArgumentFilterTests {
    /// What a caller can put into the half of an argument that the kernel ignores.
    static let highHalves: [UInt64] = [0, 1 << 32, 1 << 63, 0xFFFF_FFFF << 32, 0x5412 << 32]

    @Test(arguments: ProfileFilterTests.profiles)
    func argumentsDecideAsExpectedWhateverTheirHighHalvesHold(profile: String) throws {
        let filter = try FilterInterpreter(ShippedProfiles.filter(profile).program)
        var count = 0
        for item in ArgumentCase.all where item.profiles.contains(profile) {
            for high in Self.highHalves {
                let call = FilterInterpreter.Call(
                    number: try #require(X86SystemCalls.numbers[item.call]), arguments: item.arguments.map { $0 | high })
                #expect(filter.run(call) == item.outcome, "\(profile): \(item.description), high half \(high >> 32)")
                count += 1
            }
        }
        #expect(count > 100)
    }

    @Test func everyConditionalCallOfEveryProfileHasCases() {
        for profile in ProfileFilterTests.profiles {
            let covered = Set(ArgumentCase.all.filter { $0.profiles.contains(profile) }.map(\.call))
            #expect(ExpectedOutcomes.of(profile).conditional.subtracting(covered) == [])
        }
    }

    /// The compiled program and the policy's own reading of itself agree on arguments round every value that a rule names.
    @Test(arguments: ProfileFilterTests.profiles)
    func theProgramSaysWhatThePolicySays(profile: String) throws {
        let policy = try ShippedProfiles.profile(profile).systemCalls
        let filter = try FilterInterpreter(SyscallFilter.compile(policy).program)
        var generator = SeededGenerator(seed: 1)
        for (name, rule) in policy.rules.sorted(by: { $0.key < $1.key }) where !rule.clauses.isEmpty {
            let number = try #require(X86SystemCalls.numbers[name])
            let named = rule.clauses.flatMap(\.conditions).flatMap { $0.values + [$0.mask, ~$0.mask] }
            let near = Set(named.flatMap { [$0, $0 &+ 1, $0 &- 1, ~$0] } + (0..<32).map { 1 << $0 }).sorted().map(UInt64.init)
            for _ in 0..<2000 {
                let arguments = (0..<6).map { _ in
                    near.randomElement(using: &generator)! | Self.highHalves.randomElement(using: &generator)!
                }
                let expected = outcome(rule.answer(for: arguments))
                #expect(filter.run(.init(number: number, arguments: arguments)) == expected, "\(profile): \(name)(\(arguments))")
            }
        }
    }

    private func outcome(_ answer: SystemCallPolicy.Answer) -> FilterInterpreter.Outcome {
        switch answer {
        case .allow: .allow
        case .refuse(let error): .error(Int(error.number))
        case .kill: .notify
        }
    }
}
#endif
