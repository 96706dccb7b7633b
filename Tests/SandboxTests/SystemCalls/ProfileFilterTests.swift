import HostTesting
import Sandbox
import Testing

#if arch(x86_64)
@Suite struct ProfileFilterTests {
    static let profiles = ["default", "python", "node", "worker"]

    @Test(arguments: profiles)
    func everySystemCallNumberHasItsOutcome(profile: String) throws {
        let filter = try FilterInterpreter(ShippedProfiles.filter(profile).program)
        let expected = ExpectedOutcomes.of(profile)
        for number in Int32(0)...1023 {
            let name = X86SystemCalls.names[number]
            guard let outcome = name.map(expected.outcome(of:)) ?? .error(38) else { continue }
            #expect(filter.run(.init(number: number)) == outcome, "\(profile): \(name ?? "number \(number)")")
        }
    }

    @Test(arguments: profiles)
    func anOutcomeThatDoesNotDependOnArgumentsHoldsForAllArguments(profile: String) throws {
        let filter = try FilterInterpreter(ShippedProfiles.filter(profile).program)
        let expected = ExpectedOutcomes.of(profile)
        var generator = SeededGenerator(seed: 1)
        for (number, name) in X86SystemCalls.names.sorted(by: { $0.key < $1.key }) {
            guard let outcome = expected.outcome(of: name) else { continue }
            for _ in 0..<8 {
                let arguments = (0..<6).map { _ in UInt64.random(in: 0 ... .max, using: &generator) }
                #expect(filter.run(.init(number: number, arguments: arguments)) == outcome, "\(profile): \(name)")
            }
        }
    }

    @Test(arguments: profiles)
    func everyNumberOfX32EndsTheProcess(profile: String) throws {
        let filter = try FilterInterpreter(ShippedProfiles.filter(profile).program)
        let x32: UInt32 = 0x4000_0000
        for number in Array(0...1023) + [0x3FFF_FFFE, 0x3FFF_FFFF, 0x7FFF_FFFF, 0xBFFF_FFFF] {
            let outcome = filter.run(.init(number: Int32(bitPattern: x32 &+ UInt32(number))))
            // -1 is how a tracer skips a call: the kernel itself answers it with ENOSYS.
            let allowed: Set<FilterInterpreter.Outcome> = number == 0xBFFF_FFFF ? [.killProcess, .error(38)] : [.killProcess]
            #expect(allowed.contains(outcome), "\(profile): x32 number \(number): \(outcome)")
        }
    }

    @Test(arguments: profiles)
    func everyOtherArchitectureEndsTheProcess(profile: String) throws {
        let filter = try FilterInterpreter(ShippedProfiles.filter(profile).program)
        // i386, arm64, arm, riscv64, s390x, powerpc64le, mips64, and values that are none.
        let others: [UInt32] = [
            0x4000_0003, 0xC000_00B7, 0x4000_0028, 0xC000_00F3, 0x8000_0016, 0xC000_0015, 0x8000_0008, 0, 0x3E, .max,
        ]
        for architecture in others {
            for number in Int32(0)...1023 {
                let outcome = filter.run(.init(number: number, architecture: architecture))
                #expect(outcome == .killProcess, "\(profile): number \(number) of \(String(architecture, radix: 16))")
            }
        }
    }

    @Test(arguments: profiles)
    func aFilterIsFarShorterThanTheKernelAllows(profile: String) throws {
        #expect(try FilterInterpreter(ShippedProfiles.filter(profile).program).count < 1200)
    }

    @Test func onlyAProfileThatCanKillNeedsAListener() throws {
        #expect(try !ShippedProfiles.filter("default").hasNotify)
        #expect(try !ShippedProfiles.filter("python").hasNotify)
        #expect(try !ShippedProfiles.filter("node").hasNotify)
        #expect(try ShippedProfiles.filter("worker").hasNotify)
    }

    @Test func theWorkersOwnFilterAllowsThreadsAndNoProcesses() throws {
        #expect(try ShippedProfiles.filter("default").childProgram == nil)
        let program = try #require(try ShippedProfiles.filter("worker").childProgram)
        let filter = try FilterInterpreter(program)
        func run(_ name: String, _ flags: UInt64 = 0) -> FilterInterpreter.Outcome {
            filter.run(.init(number: X86SystemCalls.numbers[name]!, arguments: [flags, 0, 0, 0, 0, 0]))
        }
        let thread: UInt64 = 0x3D_0F00
        #expect(run("clone", thread) == .allow)
        #expect(run("clone", thread | 1 << 40) == .allow)
        #expect(run("clone", 17) == .error(1))
        #expect(run("clone", 17 | 1 << 48) == .error(1))
        #expect(run("clone", 0x4111) == .error(1))
        #expect(run("fork") == .error(1))
        #expect(run("vfork") == .error(1))
        #expect(run("clone3") == .error(38))
        for (number, name) in X86SystemCalls.names where !["clone", "clone3", "fork", "vfork"].contains(name) {
            #expect(filter.run(.init(number: number)) == .allow, "\(name)")
        }
    }
}
#endif
