import CSeccomp

/// The part of a filter that looks at arguments.
///
/// It is ours and not libseccomp's because that compares all 64 bits of an argument, of which the kernel uses 32, and
/// because it cannot say *otherwise*: each call has one error for every argument that is not allowed.
struct ArgumentProgram {
    private let rules: [(number: Int32, rule: SystemCallPolicy.Rule)]

    init(rules: [Int32: SystemCallPolicy.Rule]) {
        self.rules = rules.sorted { $0.key < $1.key }.map { (number: $0.key, rule: $0.value) }
    }

    /// Decides the calls of `rules` on the native architecture; falls through past its end for everything else.
    var instructions: [UInt8] {
        guard !rules.isEmpty else { return [] }
        var assembler = FilterAssembler()
        let end = assembler.makeLabel()
        let native = assembler.makeLabel()
        assembler.load(FilterAssembler.architectureOffset)
        assembler.branch(ifEqualTo: seccomp_arch_native(), to: native)
        assembler.jump(to: end)
        assembler.place(native)
        assembler.load(FilterAssembler.numberOffset)
        for (number, rule) in rules {
            let own = assembler.makeLabel()
            let next = assembler.makeLabel()
            // Each number is compared once; a block may be longer than a conditional jump reaches.
            assembler.branch(ifEqualTo: UInt32(bitPattern: number), to: own)
            assembler.jump(to: next)
            assembler.place(own)
            Self.append(rule, to: &assembler)
            assembler.place(next)
        }
        assembler.place(end)
        return assembler.finish()
    }

    private static func append(_ rule: SystemCallPolicy.Rule, to assembler: inout FilterAssembler) {
        for clause in rule.clauses {
            let failed = assembler.makeLabel()
            for condition in clause.conditions {
                let holds = assembler.makeLabel()
                assembler.load(FilterAssembler.lowWordOffset(ofArgument: condition.argument))
                if condition.mask != .max { assembler.and(condition.mask) }
                for value in condition.values { assembler.branch(ifEqualTo: value, to: holds) }
                assembler.jump(to: failed)
                assembler.place(holds)
            }
            assembler.answer(clause.answer.action)
            assembler.place(failed)
        }
        assembler.answer(rule.otherwise.action)
    }

    /// Threads, but no processes; everything else is left to the filter below.
    static var withoutSubprocesses: [UInt8] {
        let thread = SystemCallConstant.value(of: "CLONE_THREAD") ?? 0
        let threads = SystemCallPolicy.Rule(
            [.init(conditions: [.init(argument: 0, mask: thread, values: [thread])], answer: .allow)],
            otherwise: .refuse(.EPERM))
        var rules: [Int32: SystemCallPolicy.Rule] = [:]
        for name in ["clone", "clone3", "fork", "vfork"] {
            guard case .number(let number) = SystemCall(named: name) else { continue }
            switch name {
            case "clone": rules[number] = threads
            case "clone3": rules[number] = .init(otherwise: .refuse(.ENOSYS))
            default: rules[number] = .init(otherwise: .refuse(.EPERM))
            }
        }
        var allow = FilterAssembler()
        allow.answer(SystemCallPolicy.Answer.allow.action)
        return ArgumentProgram(rules: rules).instructions + allow.finish()
    }
}
