/// Where a scanned string lies between its quotes, and whether it must be unescaped to be read.
package struct JSONString: Sendable {
    package let range: Range<Int>
    package let escaped: Bool

    /// The text, from the buffer that was scanned. Only for strings that the scanner accepted.
    package func text(in bytes: UnsafeRawBufferPointer) -> String {
        let raw = UnsafeRawBufferPointer(rebasing: bytes[range])
        guard escaped else { return String(decoding: raw, as: UTF8.self) }
        return String(decoding: unescaped(raw), as: UTF8.self)
    }

    /// Whether the text equals an ASCII word, without making a string of it.
    package func equals(_ word: StaticString, in bytes: UnsafeRawBufferPointer) -> Bool {
        if escaped { return text(in: bytes) == word.description }
        let count = word.utf8CodeUnitCount
        guard range.count == count else { return false }
        var difference: UInt8 = 0
        for index in 0..<count { difference |= bytes[range.lowerBound + index] ^ word.utf8Start[index] }
        return difference == 0
    }

    private func unescaped(_ raw: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                result.append(raw[index])
                index += 1
                continue
            }
            switch raw[index + 1] {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var scalar = UInt32(unit(raw, index + 2))
                if (0xD800...0xDBFF).contains(scalar) {
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (UInt32(unit(raw, index + 8)) - 0xDC00)
                    index += 6
                }
                index += 4
                result.append(contentsOf: String(UnicodeScalar(scalar) ?? "\u{FFFD}").utf8)
            case let literal: result.append(literal)
            }
            index += 2
        }
        return result
    }

    private func unit(_ raw: UnsafeRawBufferPointer, _ start: Int) -> UInt16 {
        (start..<(start + 4)).reduce(0) { $0 << 4 | (hexDigit(raw[$1]) ?? 0) }
    }
}
