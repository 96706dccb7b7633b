package import Model
package import Store

/// A document that comes in parts, in more than one request if need be, and outlives the daemon until it is finished.
package struct Upload: Sendable, Hashable {
    /// Unfinished ones that a tenant may have at a time.
    package static let limit = 32
    /// Finished ones that are remembered, for whoever did not hear the answer.
    static let rememberedLimit = 256
    /// How long one lasts from its last change, in milliseconds.
    package static let life: Int64 = 24 * 3600 * 1000

    package let id: UploadID
    /// What the document will be called.
    package let name: String
    /// As whoever brings it says; the content decides.
    package let mediaType: String?
    package let size: ByteSize
    /// What its bytes must have, where whoever brings them said so.
    package let digest: BlobDigest?
    /// So many bytes from the beginning are on disk, and stay.
    package internal(set) var offset: Int64
    /// Milliseconds since 1970 (UTC).
    package let created: Int64
    package internal(set) var expires: Int64
    /// What became of it when it was finished.
    package internal(set) var document: DocumentID?

    /// What came of asking to write to it.
    package enum Opening: Sendable {
        case ready(Ticket)
        /// It stands at another offset.
        case elsewhere(Int64)
        /// It is finished.
        case finished
        /// The part would not end where the upload does, or would go beyond.
        case otherSize(Int64)
    }

    /// The right to write to it, until somebody else gets one.
    package struct Ticket: Sendable {
        package let tenant: TenantStore
        package let id: UploadID
        let number: UInt64
    }
}
