/// A PNG file's chunks (RFC 2083), without looking into the picture.
enum PNGFile {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// What a picture needs to be seen. All the rest is told about it: texts, times, places, profiles.
    private static let needed: Set<String> = ["IHDR", "PLTE", "tRNS", "sRGB", "IDAT", "IEND"]

    /// The same picture with nothing but what it needs, and nothing behind its end; nil where it is none.
    static func stripped(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.starts(with: signature) else { return nil }
        var result = signature
        var index = signature.count
        while index + 12 <= bytes.count {
            let length = bytes[index..<(index + 4)].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - index - 12,
                let name = String(validating: bytes[(index + 4)..<(index + 8)], as: UTF8.self),
                index > signature.count || name == "IHDR" && length == 13
            else { return nil }
            if needed.contains(name) { result += bytes[index..<(index + 12 + length)] }
            index += 12 + length
            if name == "IEND" { return result }
        }
        return nil
    }
}
