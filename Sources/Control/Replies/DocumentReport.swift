package import Model

/// An uploaded document, complete.
package struct DocumentReport: Hashable, Sendable {
    package var handle: DocumentHandle
    /// Of the whole document, 64 lower-case hexadecimal digits.
    package var sha256: String
    package var size: ByteSize

    package init(handle: DocumentHandle, sha256: String, size: ByteSize) {
        self.handle = handle
        self.sha256 = sha256
        self.size = size
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "document")
        self.init(
            handle: try DocumentHandle(try reply.string("handle")), sha256: try reply.string("sha256"),
            size: ByteSize(bytes: try reply.integer("size")))
    }

    package var json: JSONValue {
        ["handle": .string(handle.rawValue), "sha256": .string(sha256), "size": .integer(size.bytes)]
    }
}
