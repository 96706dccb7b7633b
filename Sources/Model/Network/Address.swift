import Glibc

/// An Internet address of either version: 128 bits, of which version 4 uses the last 32.
package enum Address: Hashable, Sendable {
    case four(UInt32)
    case six(high: UInt64, low: UInt64)

    /// Reads `203.0.113.7` or `2001:db8::7` and nothing else: no shorter or longer form of version 4, no leading zeros,
    /// no hexadecimal or octal numbers, no zone (inet_pton(3)).
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        guard (2...45).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x25 }) else {
            return nil
        }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self = .four(UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self = withUnsafeBytes(of: six) { Address(six: $0) }
    }

    /// The sixteen bytes of an address of version 6.
    package init(six bytes: UnsafeRawBufferPointer) {
        self = .six(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    package var isFour: Bool { if case .four = self { true } else { false } }

    /// How many bits it has.
    package var width: Int { isFour ? 32 : 128 }
}

extension Address: CustomStringConvertible {
    package var description: String {
        var buffer = [UInt8](repeating: 0, count: 64)
        let family: Int32
        var bytes: [UInt8]
        switch self {
        case .four(let bits):
            family = AF_INET
            bytes = Swift.withUnsafeBytes(of: bits.bigEndian) { Array($0) }
        case .six(let high, let low):
            family = AF_INET6
            bytes = Swift.withUnsafeBytes(of: high.bigEndian) { Array($0) }
            bytes += Swift.withUnsafeBytes(of: low.bigEndian) { Array($0) }
        }
        let written = buffer.withUnsafeMutableBytes { buffer in
            inet_ntop(family, &bytes, buffer.bindMemory(to: CChar.self).baseAddress!, 64) != nil
        }
        return written ? String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self) : "?"
    }
}
