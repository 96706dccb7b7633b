/// Base64 as in RFC 4648 section 4: the plain alphabet, padded, no white space, and unused bits zero,
/// so that every text has one meaning and every value one text.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let foreign: UInt8 = 0xFF
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: foreign, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let whole = bytes.count / 3 * 3
        return [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text, count in
            alphabet.withUnsafeBufferPointer { letters in
                func put(_ group: UInt32, _ length: Int) {
                    for position in 0..<4 {
                        let letter = letters[Int(group >> UInt32(18 - 6 * position) & 63)]
                        text.initializeElement(at: count, to: position <= length ? letter : padding)
                        count += 1
                    }
                }
                for start in stride(from: 0, to: whole, by: 3) {
                    put(UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2]), 3)
                }
                switch bytes.count - whole {
                case 1: put(UInt32(bytes[whole]) << 16, 1)
                case 2: put(UInt32(bytes[whole]) << 16 | UInt32(bytes[whole + 1]) << 8, 2)
                default: break
                }
            }
        }
    }

    /// The bytes, or nil for a text that no encoder of the RFC writes.
    package static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        guard let last = text.last else { return [] }
        let padded = last != padding ? 0 : text[text.count - 2] != padding ? 1 : 2
        let letters = text.count - padded
        var isValid = true
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { bytes, count in
            values.withUnsafeBufferPointer { values in
                var start = 0
                while start < letters {
                    let length = min(4, letters - start)
                    var group: UInt32 = 0
                    for position in 0..<4 {
                        let value = position < length ? values[Int(text[start + position])] : 0
                        isValid = isValid && value != foreign
                        group = group << 6 | UInt32(value & 63)
                    }
                    for position in 0..<(length - 1) {
                        bytes.initializeElement(at: count, to: UInt8(group >> UInt32(16 - 8 * position) & 0xFF))
                        count += 1
                    }
                    // What the last letter holds beyond the last byte.
                    if length < 4 { isValid = isValid && group & (length == 2 ? 0xFFFF : 0xFF) == 0 }
                    start += 4
                }
            }
        }
        return isValid ? bytes : nil
    }
}
