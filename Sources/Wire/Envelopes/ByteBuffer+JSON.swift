import Model
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension ByteBuffer {
    /// Whether the bytes, sent as they are, would be more than one line.
    var holdsLineFeed: Bool {
        withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return memchr(base, 0x0A, bytes.count) != nil
        }
    }

    mutating func writeDecimal(_ value: Int64) {
        // 19 digits and a sign at most.
        writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { bytes in
            var rest = value.magnitude
            var length = value < 0 ? 2 : 1
            var power: UInt64 = 10
            while rest >= power {
                length += 1
                let (next, overflow) = power.multipliedReportingOverflow(by: 10)
                if overflow { break }
                power = next
            }
            var index = length
            repeat {
                index -= 1
                bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 { bytes[0] = UInt8(ascii: "-") }
            return length
        }
    }

    /// A JSON string. What needs no escape, and names of methods never do, is copied as it is.
    mutating func writeJSONText(_ text: String) {
        var text = text
        let isWritten = text.withUTF8 { characters in
            for byte in characters where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                return false
            }
            writeWithUnsafeMutableBytes(minimumWritableBytes: characters.count + 2) { bytes in
                bytes[0] = UInt8(ascii: "\"")
                let text = UnsafeRawBufferPointer(characters)
                UnsafeMutableRawBufferPointer(rebasing: bytes[1...]).copyMemory(from: text)
                bytes[characters.count + 1] = UInt8(ascii: "\"")
                return characters.count + 2
            }
            return true
        }
        if isWritten { return }
        var escaped: [UInt8] = []
        JSONValue.write(text, to: &escaped)
        writeBytes(escaped)
    }
}
