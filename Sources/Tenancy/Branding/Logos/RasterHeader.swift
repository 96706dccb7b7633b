package import Model

/// What a picture says of itself in its first bytes, read without decoding it.
package struct RasterHeader: Sendable, Hashable {
    package enum Format: String, Sendable { case png, jpeg, webp }

    package let format: Format
    package let width: Int
    package let height: Int

    package static let byteLimit = ByteSize.mebibytes(1)
    /// A picture may say that it is larger than whatever decodes it has memory for.
    static let mostPixels = 16_000_000

    /// Throws `invalidInput` for all but PNG, JPEG and WebP within the bounds. SVG is a program, not a picture.
    package init(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Int(Self.byteLimit.bytes) else {
            throw Problem(.invalidInput, "the logo is larger than \(Self.byteLimit)")
        }
        guard let (format, width, height) = Self.read(bytes) else {
            throw Problem(.invalidInput, "the logo is no PNG, JPEG or WebP picture", hint: "make one of a drawing with a drawing program")
        }
        guard width > 0, height > 0, width <= 16_384, height <= 16_384, width * height <= Self.mostPixels else {
            throw Problem(.invalidInput, "the logo has \(width) × \(height) pixels", hint: "at most 16,000,000, and 16,384 on a side")
        }
        (self.format, self.width, self.height) = (format, width, height)
    }

    private static func read(_ bytes: [UInt8]) -> (Format, Int, Int)? {
        func has(_ text: String, at index: Int) -> Bool { bytes.dropFirst(index).starts(with: text.utf8) }
        func number(_ index: Int, _ count: Int, littleEndian: Bool = false) -> Int? {
            guard index + count <= bytes.count else { return nil }
            let part = bytes[index..<(index + count)]
            return (littleEndian ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
        }
        if bytes.starts(with: PNGFile.signature), has("IHDR", at: 12), let width = number(16, 4), let height = number(20, 4) {
            return (.png, width, height)
        }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]), let (width, height) = frame(bytes, number: { number($0, 2) }) {
            return (.jpeg, width, height)
        }
        guard has("RIFF", at: 0), has("WEBP", at: 8) else { return nil }
        if has("VP8X", at: 12), let width = number(24, 3, littleEndian: true), let height = number(27, 3, littleEndian: true) {
            return (.webp, width + 1, height + 1)
        }
        if has("VP8L", at: 12), let bits = number(21, 4, littleEndian: true) {
            return (.webp, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        }
        if has("VP8 ", at: 12), let width = number(26, 2, littleEndian: true), let height = number(28, 2, littleEndian: true) {
            return (.webp, width & 0x3FFF, height & 0x3FFF)
        }
        return nil
    }

    /// The size in a JPEG's frame header: ITU T.81, B.2.2.
    private static func frame(_ bytes: [UInt8], number: (Int) -> Int?) -> (Int, Int)? {
        var index = 2
        while index + 4 <= bytes.count, bytes[index] == 0xFF {
            let marker = bytes[index + 1]
            if marker == 0xFF {
                index += 1
                continue
            }
            guard let length = number(index + 2), length >= 2 else { return nil }
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                guard let height = number(index + 5), let width = number(index + 7) else { return nil }
                return (width, height)
            }
            index += 2 + length
        }
        return nil
    }
}
