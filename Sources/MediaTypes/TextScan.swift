/// Decides whether bytes are text, and in which encoding, looking at every one of them.
package struct TextScan {
    /// WHATWG MIME Sniffing, section 3: a byte that no text has. DEL and the C1 range count for single-byte encodings only.
    private static let isBinary: [Bool] = (0..<256).map { byte in
        byte < 0x09 || byte == 0x0B || (0x0E...0x1A).contains(byte) || (0x1C...0x1F).contains(byte)
    }

    private static let longestStart = 4096

    private var start: [UInt8] = []
    private var hasBinary = false
    private var hasHigh = false
    private var hasControl = false
    private var utf8 = UTF8Scan()
    /// The last byte that is no white space.
    private var last: UInt8 = 0

    package init() {}

    package mutating func add(_ piece: [UInt8]) {
        if start.count < Self.longestStart { start += piece.prefix(Self.longestStart - start.count) }
        // Nothing that follows can make it text again.
        guard !hasBinary else { return }
        piece.withUnsafeBufferPointer { bytes in
            Self.isBinary.withUnsafeBufferPointer { isBinary in
                for byte in bytes {
                    if isBinary[Int(byte)] { hasBinary = true }
                    if byte >= 0x80 {
                        hasHigh = true
                        if byte < 0xA0 { hasControl = true }
                    }
                    if byte > 0x20 { last = byte }
                    utf8.add(byte)
                }
            }
        }
    }

    package var mediaType: String {
        if let encoding = marked { return "text/plain; charset=\(encoding)" }
        if hasBinary { return "application/octet-stream" }
        guard let encoding else { return "application/octet-stream" }
        return "\(kind); charset=\(encoding)"
    }

    /// UTF-16 and UTF-32 by their byte-order mark; without one their zeros make them binary.
    private var marked: String? {
        if start.starts(with: [0xFF, 0xFE, 0, 0]) { return "utf-32le" }
        if start.starts(with: [0, 0, 0xFE, 0xFF]) { return "utf-32be" }
        if start.starts(with: [0xFF, 0xFE]), start.count > 3 { return "utf-16le" }
        if start.starts(with: [0xFE, 0xFF]), start.count > 3 { return "utf-16be" }
        return nil
    }

    private var encoding: String? {
        if !hasHigh { return "us-ascii" }
        if utf8.isComplete { return "utf-8" }
        return hasControl ? nil : "iso-8859-1"
    }

    /// What kind of text, by how it begins.
    private var kind: String {
        let text = String(decoding: start, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        let lower = text.prefix(1024).lowercased()
        if lower.hasPrefix("<?xml") || lower.hasPrefix("<!--") || lower.hasPrefix("<!doctype") || lower.hasPrefix("<") {
            return markup(lower)
        }
        if text.hasPrefix("#!") { return script(text.prefix { !$0.isNewline }) }
        if lower.hasPrefix("-----begin ") { return lower.hasPrefix("-----begin pgp") ? "application/pgp" : "application/x-pem-file" }
        if lower.hasPrefix("begin:vcard") { return "text/vcard" }
        if lower.hasPrefix("begin:vcalendar") { return "text/calendar" }
        return isJSON(text) ? "application/json" : "text/plain"
    }

    private func markup(_ text: String) -> String {
        let root = text.firstRange(of: "<svg") != nil
        if root, text.hasPrefix("<?xml") || text.hasPrefix("<svg") || text.hasPrefix("<!doctype svg") { return "image/svg+xml" }
        if ["<!doctype html", "<html", "<head", "<body"].contains(where: text.hasPrefix) { return "text/html" }
        if text.hasPrefix("<?xml") { return text.firstRange(of: "<html") == nil ? "application/xml" : "application/xhtml+xml" }
        return "text/plain"
    }

    private func script(_ line: Substring) -> String {
        for (name, type) in [("python", "text/x-python"), ("perl", "text/x-perl"), ("ruby", "text/x-ruby"), ("node", "text/javascript"),
            ("sh", "text/x-shellscript")] where line.firstRange(of: name) != nil { return type }
        return "text/plain"
    }

    /// By its first two characters and its last: enough to tell it from prose in brackets, whatever its size.
    private func isJSON(_ text: Substring) -> Bool {
        guard let first = text.first, let second = text.dropFirst().first(where: { !$0.isWhitespace }) else { return false }
        if first == "{" { return last == UInt8(ascii: "}") && (second == "\"" || second == "}") }
        return first == "[" && last == UInt8(ascii: "]") && "{[\"]-0123456789tfn".contains(second)
    }
}

/// Whether bytes are UTF-8 (RFC 3629), in pieces of any size.
private struct UTF8Scan {
    private var expected = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF
    private var failed = false

    var isComplete: Bool { !failed && expected == 0 }

    mutating func add(_ byte: UInt8) {
        if expected > 0 {
            if byte < lowest || byte > highest { failed = true }
            expected -= 1
            (lowest, highest) = (0x80, 0xBF)
            return
        }
        switch byte {
        case 0..<0x80: return
        case 0xC2...0xDF: expected = 1
        case 0xE0...0xEF:
            expected = 2
            // No longer form than needed, and no surrogates.
            if byte == 0xE0 { lowest = 0xA0 }
            if byte == 0xED { highest = 0x9F }
        case 0xF0...0xF4:
            expected = 3
            if byte == 0xF0 { lowest = 0x90 }
            if byte == 0xF4 { highest = 0x8F }
        default: failed = true
        }
    }
}
