/// Runs a classic BPF program over struct seccomp_data as the kernel does (net/core/filter.c), with the instructions that
/// seccomp admits and the checks that the kernel makes before it accepts a program.
struct FilterInterpreter {
    /// What the kernel shows a filter.
    struct Call {
        var number: Int32
        var architecture: UInt32 = FilterInterpreter.x86_64
        var arguments: [UInt64] = [0, 0, 0, 0, 0, 0]
    }

    enum Outcome: Hashable, CustomStringConvertible {
        case allow
        case error(Int)
        case notify
        case killProcess
        case other(UInt32)

        init(_ action: UInt32) {
            switch action & 0xFFFF_0000 {
            case 0x7FFF_0000: self = .allow
            case 0x0005_0000: self = .error(Int(action & 0xFFFF))
            case 0x7FC0_0000: self = .notify
            case 0x8000_0000: self = .killProcess
            default: self = .other(action)
            }
        }

        var description: String {
            switch self {
            case .allow: "allow"
            case .error(let number): "errno \(number)"
            case .notify: "notify"
            case .killProcess: "kill"
            case .other(let action): "action \(String(action, radix: 16))"
            }
        }
    }

    enum Fault: Error, Equatable {
        case length(Int)
        case instruction(UInt16, at: Int)
        case jump(at: Int)
        case offset(UInt32, at: Int)
        case noReturn
    }

    static let x86_64: UInt32 = 0xC000_003E

    private struct Instruction {
        var code: UInt16
        var yes: UInt8
        var no: UInt8
        var value: UInt32
    }

    private let program: [Instruction]

    /// Refuses what seccomp_check_filter and bpf_check_classic refuse.
    init(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty, bytes.count % 8 == 0, bytes.count / 8 <= 4096 else { throw Fault.length(bytes.count) }
        program = bytes.withUnsafeBytes { buffer in
            stride(from: 0, to: buffer.count, by: 8).map { offset in
                Instruction(
                    code: buffer.loadUnaligned(fromByteOffset: offset, as: UInt16.self), yes: buffer[offset + 2],
                    no: buffer[offset + 3], value: buffer.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
            }
        }
        for (index, instruction) in program.enumerated() {
            let left = program.count - index - 1
            switch instruction.code {
            case 0x20: guard instruction.value % 4 == 0, instruction.value < 64 else { throw Fault.offset(instruction.value, at: index) }
            case 0x05: guard Int(instruction.value) < left else { throw Fault.jump(at: index) }
            case 0x15, 0x25, 0x35, 0x45:
                guard Int(instruction.yes) < left, Int(instruction.no) < left else { throw Fault.jump(at: index) }
            case 0x54, 0x06: break
            default: throw Fault.instruction(instruction.code, at: index)
            }
        }
        guard program.last?.code == 0x06 else { throw Fault.noReturn }
    }

    var count: Int { program.count }

    func run(_ call: Call) -> Outcome {
        var accumulator: UInt32 = 0
        var index = 0
        while true {
            let instruction = program[index]
            index += 1
            func jump(_ condition: Bool) { index += Int(condition ? instruction.yes : instruction.no) }
            switch instruction.code {
            case 0x20: accumulator = Self.word(of: call, at: instruction.value)
            case 0x54: accumulator &= instruction.value
            case 0x05: index += Int(instruction.value)
            case 0x15: jump(accumulator == instruction.value)
            case 0x25: jump(accumulator > instruction.value)
            case 0x35: jump(accumulator >= instruction.value)
            case 0x45: jump(accumulator & instruction.value != 0)
            default: return Outcome(instruction.value)
            }
        }
    }

    private static func word(of call: Call, at offset: UInt32) -> UInt32 {
        switch offset {
        case 0: return UInt32(bitPattern: call.number)
        case 4: return call.architecture
        case 8, 12: return 0
        default:
            let argument = call.arguments[Int(offset - 16) / 8]
            return UInt32(truncatingIfNeeded: offset % 8 == 0 ? argument : argument >> 32)
        }
    }
}
