extension SystemCallPolicy {
    /// No memory that is or was writable becomes executable.
    ///
    /// The same that PR_SET_MDWE refuses, for kernels before 6.3 too. A program with a just-in-time compiler does not run
    /// under it.
    package mutating func refuseWritableCode() {
        let write: UInt32 = 2
        let execute: UInt32 = 4
        let sharedMemoryExecute: UInt32 = 0o100000
        refuse("mmap", argument: 2, bits: write | execute)
        refuse("mprotect", argument: 2, bits: execute)
        refuse("pkey_mprotect", argument: 2, bits: execute)
        refuse("shmat", argument: 2, bits: sharedMemoryExecute)
    }

    /// Refuses a call whose argument has all of these bits.
    private mutating func refuse(_ name: String, argument: Int, bits: UInt32) {
        guard let rule = rules[name] else { return }
        let clause = Clause(
            conditions: [Condition(argument: argument, mask: bits, values: [bits])], answer: .refuse(.EPERM))
        rules[name] = Rule([clause] + rule.clauses, otherwise: rule.otherwise)
    }
}
