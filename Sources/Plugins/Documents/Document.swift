package import Model
package import Store

/// A file that belongs to a tenant, kept by its content.
package struct Document: Sendable, Hashable {
    package let id: DocumentID
    /// As whoever brought it called it: one path component, for people. Nothing is decided by it.
    package let name: String
    /// By the content.
    package let mediaType: String
    package let size: ByteSize
    package let digest: BlobDigest
    /// Milliseconds since 1970 (UTC).
    package let created: Int64
    /// The plugin that made it; nil where a person brought it.
    package let origin: PluginID?
    /// The document that it was made from when that was processed.
    package var source: DocumentID?
    /// What handlers of `document.metadata` found out; nil until it was processed.
    package var metadata: JSONValue?

    /// What events and plugins are told of it.
    package var summary: JSONValue {
        [
            "document": .string(id.rawValue), "name": .string(name), "mediaType": .string(mediaType),
            "size": .integer(size.bytes),
        ]
    }

    /// `summary` with the digest, as the host API and outputs of workflows have it.
    package var details: [String: JSONValue] {
        (summary.object ?? [:]).merging(["sha256": .string(digest.hexadecimal)]) { $1 }
    }

    var subject: PermissionSubject { .document(mediaType: mediaType, size: size) }

    /// A name that can stand in a folder: 1 to 255 bytes, no slash, no control characters.
    package static func check(name: String) throws(Problem) {
        let isPlain = name.unicodeScalars.allSatisfy { $0 != "/" && !$0.isControl }
        guard (1...255).contains(name.utf8.count), name != ".", name != "..", isPlain else {
            throw Problem(
                .invalidInput, "not a document name: \(name.prefix(80).debugDescription)",
                hint: "a file name without folders and control characters, at most 255 bytes")
        }
    }
}
