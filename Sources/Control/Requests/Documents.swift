package import Model
package import NIOCore

/// A document on its way to a tool, as the daemon named it. It becomes a folder name below `/exchange/in`.
package struct DocumentHandle: LabelIdentifier {
    package static let noun = "document handle"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// The file name under which a tool sees a document: one path component, 1 to 255 bytes, no control characters.
package struct DocumentName: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) throws(Problem) {
        guard (1...255).contains(text.utf8.count), text != ".", text != "..",
            !text.unicodeScalars.contains(where: { $0 == "/" || $0.isControl })
        else {
            throw Problem(
                .invalidInput, "not a document name: \(text.prefix(80).debugDescription)",
                hint: "a file name without folders and control characters, at most 255 bytes")
        }
        self.text = text
    }

    package var description: String { text }
}

/// A part of a document: at most 4 MiB, base64 on the wire.
package struct DocumentChunk: Hashable, Sendable {
    package static let limit = ByteSize.mebibytes(4)
    package let bytes: ByteBuffer

    package init(_ bytes: ByteBuffer) throws(Problem) {
        guard bytes.readableBytes <= Int(Self.limit.bytes) else {
            throw Problem(
                .invalidInput, "/data: \(bytes.readableBytes) bytes at once",
                hint: "send a document in parts of at most \(Self.limit)")
        }
        self.bytes = bytes
    }

    /// Reads the JSON string that holds the base64 text.
    init(quoted text: ByteBuffer?) throws(Problem) {
        guard let text else { throw Problem(.invalidInput, "/data: missing") }
        try self.init(ByteBuffer(bytes: try text.withUnsafeReadableBytes { Self.decode($0) }.get()))
    }

    private static func decode(_ text: UnsafeRawBufferPointer) -> Result<[UInt8], Problem> {
        var scanner = JSONScanner(text)
        guard let string = try? scanner.string() else {
            return .failure(Problem(.invalidInput, "/data: expected string"))
        }
        // Some writers escape the slash, which is a letter of base64.
        let escaped = string.escaped ? Array(string.text(in: text).utf8) : nil
        let encoded = UnsafeRawBufferPointer(rebasing: text[string.range])
        let bytes = escaped.map { $0.withUnsafeBytes(Base64.decode) } ?? Base64.decode(encoded)
        guard let bytes else {
            return .failure(
                Problem(.invalidInput, "/data: not base64", hint: "RFC 4648 section 4: padded, no line breaks"))
        }
        return .success(bytes)
    }
}
