/// What libjq 1.6 says of a program that does not compile:
///
///     jq: error: REASON at <top-level>, line N:
///     LINE OF THE PROGRAM, and as many spaces as stand before the place
struct CompileMessage {
    private static let place = " at <top-level>, line "
    private static let shell = " (Unix shell quoting issues?)"
    private static let opening = "jq: error: "

    /// `source` is what libjq got: `prefix` bytes of ours, on the first line, and the program.
    static func fault(_ message: String, source: [UInt8], prefix: Int) -> Fault {
        let bytes = Array(message.utf8)
        guard let found = bytes.firstIndex(of: Array(place.utf8)) else { return Fault(.syntax, reason(bytes[...])) }
        let digits = bytes[(found + place.utf8.count)...].prefix { (0x30...0x39).contains($0) }
        guard let line = Int(String(decoding: digits, as: UTF8.self)) else { return Fault(.syntax, reason(bytes[..<found])) }
        let rest = bytes[digits.endIndex...].dropFirst(2)
        return Fault(
            .syntax, reason(bytes[..<found]), line: line, column: column(rest, line: line, source: source, prefix: prefix))
    }

    private static func reason(_ bytes: ArraySlice<UInt8>) -> String {
        var text = bytes
        if text.starts(with: opening.utf8) { text = text.dropFirst(opening.utf8.count) }
        if let found = Array(text).firstIndex(of: Array(shell.utf8)) { text = text[..<(text.startIndex + found)] }
        let words = String(decoding: text, as: UTF8.self)
        return words.hasSuffix("unexpected $end") ? words.dropLast(4) + "end of the program" : words
    }

    /// In characters, from 1; nil where the place is not on that line.
    private static func column(_ excerpt: ArraySlice<UInt8>, line: Int, source: [UInt8], prefix: Int) -> Int? {
        let lines = source.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1), excerpt.starts(with: lines[line - 1]) else { return nil }
        let text = lines[line - 1]
        let spaces = excerpt.count - text.count
        let skipped = line == 1 ? prefix : 0
        guard spaces >= skipped, spaces <= text.count else { return nil }
        return String(decoding: text.dropFirst(skipped).prefix(spaces - skipped), as: UTF8.self).unicodeScalars.count + 1
    }
}

extension Array where Element == UInt8 {
    /// Where the bytes first stand.
    fileprivate func firstIndex(of bytes: [UInt8]) -> Int? {
        guard count >= bytes.count else { return nil }
        return (0...(count - bytes.count)).first { self[$0...].starts(with: bytes) }
    }
}
