/// Programs that were compiled lately: libjq takes some ten milliseconds for the smallest, as it compiles its own
/// definitions each time.
struct ProgramCache {
    private struct Key: Hashable {
        let text: String
        let variables: [String]
    }

    private var programs: [Key: (program: Program, used: UInt64)] = [:]
    private var clock: UInt64 = 0
    private let capacity: Int
    /// How often a program was compiled.
    private(set) var compiled = 0

    init(capacity: Int) { self.capacity = capacity }

    mutating func program(_ text: String, variables: [String]) throws(Fault) -> Program {
        let key = Key(text: text, variables: variables)
        clock += 1
        if let known = programs[key] {
            programs[key]!.used = clock
            return known.program
        }
        compiled += 1
        let program = try Program(text, variables: variables)
        if programs.count >= capacity, let oldest = programs.min(by: { $0.value.used < $1.value.used }) {
            programs[oldest.key] = nil
        }
        programs[key] = (program, clock)
        return program
    }
}
