/// Base64 as in RFC 4648 section 4: the plain alphabet, padded, no white space, and unused bits zero,
/// so that every text has one meaning and every value one text.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var pending: UInt32 = 0
        var count = 0
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            count += 1
            guard count == 3 else { continue }
            for shift in [18, 12, 6, 0] as [UInt32] { text.append(alphabet[Int(pending >> shift & 63)]) }
            (pending, count) = (0, 0)
        }
        switch count {
        case 1: text += [alphabet[Int(pending >> 2)], alphabet[Int(pending << 4 & 63)], padding, padding]
        case 2:
            text += [
                alphabet[Int(pending >> 10)], alphabet[Int(pending >> 4 & 63)], alphabet[Int(pending << 2 & 63)],
                padding,
            ]
        default: break
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes, or nil for a text that no encoder of the RFC writes.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padded = text.suffix(2).reversed().prefix { $0 == padding }.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var pending: UInt32 = 0
        var bits: UInt32 = 0
        for letter in text.dropLast(padded) {
            let value = values[Int(letter)]
            guard value != 0xFF else { return nil }
            pending = pending << 6 | UInt32(value)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(pending >> bits & 0xFF))
            pending &= (1 << bits) - 1
        }
        return pending == 0 && bits == UInt32(padded) * 2 ? bytes : nil
    }
}
