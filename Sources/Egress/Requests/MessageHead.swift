package import NIOCore

/// The start line and the fields of an HTTP/1 message, read so strictly that no two readers can differ about it (RFC 9112).
package struct MessageHead: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package static let byteLimit = 32 << 10
    package static let fieldLimit = 100

    package let startLine: String
    package let fields: [Field]

    /// Takes a whole head off the front of `buffer`; nil while it is not complete.
    ///
    /// Every line ends with CR LF and no other control character occurs, a field starts at its line's start and has no
    /// white space before its colon. Throws as soon as what is there cannot become such a head.
    package static func take(from buffer: inout ByteBuffer) throws(Refusal) -> MessageHead? {
        let (length, broken) = buffer.withUnsafeReadableBytes { scan($0) }
        if let broken { throw Refusal(.badRequest, broken) }
        guard let length else {
            guard buffer.readableBytes < byteLimit else { throw Self.tooLarge }
            return nil
        }
        guard length <= byteLimit else { throw Self.tooLarge }
        // Bytes of 0x80 and above are opaque in field values; ISO 8859-1 keeps each of them.
        let text = buffer.readSlice(length: length)!.readableBytesView
        return try MessageHead(text)
    }

    private static var tooLarge: Refusal {
        Refusal(.headTooLarge, "a head of more than \(byteLimit >> 10) KiB")
    }

    /// The length of the head with its empty line, if it is complete, or what is wrong with what has come so far.
    private static func scan(_ bytes: UnsafeRawBufferPointer) -> (length: Int?, broken: String?) {
        var index = 0
        var lineStart = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x0D:
                guard index + 1 < bytes.count else { return (nil, nil) }
                guard bytes[index + 1] == 0x0A else { return (nil, "a carriage return inside of a line") }
                if index == lineStart {
                    return lineStart == 0 ? (nil, "an empty line before the start line") : (index + 2, nil)
                }
                index += 2
                lineStart = index
                continue
            case 0x0A: return (nil, "a line feed without a carriage return")
            case 0x09, 0x20:
                if index == lineStart { return (nil, "a line that starts with white space") }
            case 0..<0x20, 0x7F: return (nil, "a control character")
            default: break
            }
            index += 1
        }
        return (nil, nil)
    }

    private init(_ bytes: ByteBufferView) throws(Refusal) {
        var lines: [String] = []
        for line in bytes.split(separator: 0x0A) {
            let line = line.dropLast()
            guard !line.isEmpty else { continue }
            lines.append(String(String.UnicodeScalarView(line.map { Unicode.Scalar($0) })))
        }
        guard lines.count <= Self.fieldLimit + 1 else {
            throw Refusal(.headTooLarge, "more than \(Self.fieldLimit) fields")
        }
        startLine = lines[0]
        var fields: [Field] = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), Self.isToken(line[..<colon]) else {
                // What stands behind the name may be a secret, also where the colon is missing.
                throw Refusal(.badRequest, "not a field: \(Refusal.quote(line.prefix { $0 != ":" && $0 != " " && $0 != "\t" }))")
            }
            let value = line[line.index(after: colon)...]
            fields.append(Field(String(line[..<colon]), Self.trimmed(value)))
        }
        self.fields = fields
    }

    /// The words of all fields of a name that holds a list, in lower case.
    func words(_ name: String) -> [String] {
        values(name).flatMap { $0.split(separator: ",") }.map { Self.trimmed($0).lowercased() }
    }

    /// The values of all fields of a name, in any case.
    package func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name }.map(\.value)
    }

    /// A token of RFC 9110, section 5.6.2.
    package static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
                default: false
                }
            }
    }

    static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}

extension MessageHead {
    /// The bytes of a head, for each scalar below U+0100 one.
    package static func write(startLine: String, _ fields: [Field], into buffer: inout ByteBuffer) {
        func write(_ text: String) { buffer.writeBytes(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }) }
        write(startLine)
        for field in fields { write("\r\n\(field.name): \(field.value)") }
        buffer.writeString("\r\n\r\n")
    }

    /// The fields without those that concern one connection only (RFC 9110, section 7.6.1), and those that the sender
    /// names in `Connection`.
    func endToEndFields(leavingOut more: Set<String>) -> [Field] {
        var dropped: Set<String> = [
            "connection", "keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate", "te", "trailer",
            "transfer-encoding", "upgrade",
        ]
        dropped.formUnion(words("connection"))
        // These decide where a message ends; no sender may wish them away.
        dropped.remove("content-length")
        dropped.formUnion(more)
        return fields.filter { !dropped.contains($0.name.lowercased()) }
    }
}
