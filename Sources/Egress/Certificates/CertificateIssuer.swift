import Model

/// Who issued a certificate: the one thing that NIOSSL does not tell of it.
enum CertificateIssuer {
    /// The issuer's common name and organisation (RFC 5280 section 4.1.2.4), of a certificate in DER. Nil where it is none,
    /// or names neither.
    static func text(_ certificate: [UInt8]) -> String? {
        var outside = DERReader(certificate[...])
        guard let whole = outside.take(0x30) else { return nil }
        var parts = DERReader(whole)
        guard let signed = parts.take(0x30) else { return nil }
        var fields = DERReader(signed)
        // The version, which version 1 leaves out; then the serial number and the algorithm.
        _ = fields.take(0xA0)
        guard fields.take(0x02) != nil, fields.take(0x30) != nil, let issuer = fields.take(0x30) else { return nil }
        var (commonName, organisation): (String?, String?) = (nil, nil)
        var names = DERReader(issuer)
        while let set = names.take(0x31) {
            var pair = DERReader(set)
            guard let entry = pair.take(0x30) else { continue }
            var values = DERReader(entry)
            guard let kind = values.take(0x06), let value = values.text() else { continue }
            switch Array(kind) {
            case [0x55, 0x04, 0x03]: commonName = commonName ?? value
            case [0x55, 0x04, 0x0A]: organisation = organisation ?? value
            default: break
            }
        }
        guard let commonName else { return organisation }
        return organisation.map { "\(commonName) (\($0))" } ?? commonName
    }
}

/// Reads values of ITU-T X.690 one after the other, and nothing beyond their end.
struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The content of the next value, if it has this tag. Otherwise nothing is taken.
    mutating func take(_ tag: UInt8) -> ArraySlice<UInt8>? {
        guard rest.first == tag else { return nil }
        return next()?.content
    }

    /// A text, without what cannot be shown. Nil for one in an alphabet that nobody uses any more.
    mutating func text() -> String? {
        guard let (tag, content) = next(), [0x0C, 0x13, 0x16].contains(tag) else { return nil }
        let scalars = String(decoding: content.prefix(400), as: UTF8.self).unicodeScalars.filter { !$0.isControl }
        let text = String(String.UnicodeScalarView(scalars.prefix(100)))
        return text.isEmpty ? nil : text
    }

    private mutating func next() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
        var left = rest
        guard let tag = left.popFirst(), let first = left.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            // No certificate needs more than three bytes to say how long it is.
            guard (0x81...0x83).contains(first) else { return nil }
            length = 0
            for _ in 0..<(first - 0x80) {
                guard let byte = left.popFirst() else { return nil }
                length = length << 8 | Int(byte)
            }
        }
        guard length <= left.count else { return nil }
        defer { rest = left.dropFirst(length) }
        return (tag, left.prefix(length))
    }
}
