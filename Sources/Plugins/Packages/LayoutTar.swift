import Model

/// The outer tar of a package, in the one form that it can have: plain POSIX headers (ustar) without owner and time.
///
/// A header is read by writing the header that a file of that name and size must have and comparing all of it, and what
/// fills up the last block must be zero. So no byte of a package is without meaning, and none can change unseen.
enum LayoutTar {
    struct Entry: Hashable {
        let name: String
        let content: Range<Int64>
    }

    static let blockSize: Int64 = 512
    private static let endSize: Int64 = 2 * blockSize

    static func header(_ name: String, size: Int64) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Int(blockSize))
        func put(_ text: String, at offset: Int) { block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8) }
        put(name, at: 0)
        put("0000444", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(size, digits: 11), at: 124)
        put("00000000000", at: 136)
        // The sum is taken with its own field full of blanks.
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put("0000000", at: 329)
        put("0000000", at: 337)
        let sum = block.reduce(0) { $0 + Int64($1) }
        put(octal(sum, digits: 6) + "\0 ", at: 148)
        return block
    }

    /// What fills the last block of a file of that size.
    static func padding(after size: Int64) -> [UInt8] {
        [UInt8](repeating: 0, count: Int((blockSize - size % blockSize) % blockSize))
    }

    static let end = [UInt8](repeating: 0, count: Int(endSize))

    /// The files of the tar, or why it is no package.
    static func entries(of source: PackageSource, limit: Int) throws(Problem) -> [Entry] {
        func refusal(_ reason: String) -> Problem {
            Problem(.invalidInput, "\(source.name): \(reason)", hint: "a package is a file that `cloister plugin pack` made")
        }
        guard source.size >= endSize, source.size % blockSize == 0 else { throw refusal("cut off, or no package") }
        var entries: [Entry] = []
        var offset: Int64 = 0
        while offset < source.size - endSize {
            let block = try source.bytes(offset..<offset + blockSize)
            let name = String(decoding: block[..<100].prefix { $0 != 0 }, as: UTF8.self)
            guard !name.isEmpty, name.utf8.count < 100,
                let size = Int64(String(decoding: block[124..<135], as: UTF8.self), radix: 8), size >= 0,
                header(name, size: size) == block
            else { throw refusal("not in the form of a package at byte \(offset)") }
            let start = offset + blockSize
            guard size <= source.size - endSize - start else { throw refusal("cut off in \(name)") }
            let padding = padding(after: size)
            guard try source.bytes(start + size..<start + size + Int64(padding.count)) == padding else {
                throw refusal("something stands behind \(name)")
            }
            entries.append(Entry(name: name, content: start..<start + size))
            guard entries.count <= limit else { throw refusal("more than \(limit) files") }
            offset = start + size + Int64(padding.count)
        }
        guard offset == source.size - endSize, try source.bytes(offset..<source.size) == end else {
            throw refusal("cut off, or something stands behind its end")
        }
        return entries
    }

    private static func octal(_ value: Int64, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
