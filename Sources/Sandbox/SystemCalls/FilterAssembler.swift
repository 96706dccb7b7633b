/// Puts together classic BPF for seccomp (Documentation/userspace-api/seccomp_filter.rst), with names for jump targets.
///
/// Only forward jumps exist, and a conditional one reaches 255 instructions; both are checked when the program is finished.
struct FilterAssembler {
    /// A place in the program to jump to, placed once.
    struct Label: Hashable {
        fileprivate let index: Int
    }

    private enum Step {
        case plain(code: UInt16, value: UInt32)
        case jump(to: Label)
        /// Falls through where the accumulator is not equal.
        case branch(ifEqualTo: UInt32, to: Label)
    }

    /// Offsets in struct seccomp_data.
    static let numberOffset: UInt32 = 0
    static let architectureOffset: UInt32 = 4

    /// The half of an argument that an `int` has: the first on little-endian machines, and there are no others here.
    static func lowWordOffset(ofArgument argument: Int) -> UInt32 { UInt32(16 + 8 * argument) }

    private var steps: [Step] = []
    private var places: [Label: Int] = [:]
    private var labels = 0

    mutating func makeLabel() -> Label {
        labels += 1
        return Label(index: labels)
    }

    mutating func place(_ label: Label) { places[label] = steps.count }

    mutating func load(_ offset: UInt32) { steps.append(.plain(code: 0x20, value: offset)) }
    mutating func and(_ mask: UInt32) { steps.append(.plain(code: 0x54, value: mask)) }
    mutating func answer(_ action: UInt32) { steps.append(.plain(code: 0x06, value: action)) }
    mutating func jump(to label: Label) { steps.append(.jump(to: label)) }
    mutating func branch(ifEqualTo value: UInt32, to label: Label) { steps.append(.branch(ifEqualTo: value, to: label)) }

    /// The instructions as struct sock_filter, eight bytes each.
    func finish() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(steps.count * 8)
        func distance(_ label: Label, from index: Int) -> Int {
            guard let place = places[label], place > index else { preconditionFailure("jump to nowhere or backwards") }
            return place - index - 1
        }
        func append(code: UInt16, yes: UInt8 = 0, no: UInt8 = 0, value: UInt32) {
            withUnsafeBytes(of: code) { bytes += $0 }
            bytes += [yes, no]
            withUnsafeBytes(of: value) { bytes += $0 }
        }
        for (index, step) in steps.enumerated() {
            switch step {
            case .plain(let code, let value): append(code: code, value: value)
            case .jump(let label): append(code: 0x05, value: UInt32(distance(label, from: index)))
            case .branch(let value, let label):
                append(code: 0x15, yes: UInt8(distance(label, from: index)), value: value)
            }
        }
        return bytes
    }
}
