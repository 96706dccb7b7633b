package import Model
package import Store

/// Documents on their way to tools: received in parts, kept while the connection that brought them lasts, placed
/// read-only where a plugin sees them.
package actor DocumentDesk {
    /// What a caller is told when a document is complete.
    package struct Receipt: Sendable, Hashable {
        package let digest: BlobDigest
        package let size: ByteSize
    }

    private struct Document {
        let tenant: TenantID
        let name: String
        let size: ByteSize
        let owner: UInt64
        let blobs: BlobStore
        var writer: BlobWriter?
        var receipt: Receipt?
    }

    /// Documents that one owner may have at a time, and all owners together.
    package static let ownerLimit = 64
    package static let limit = 1024

    private var documents: [String: Document] = [:]

    package init() {}

    /// Starts a document of exactly `size` bytes; the answer names it.
    package func begin(
        _ name: String, size: ByteSize, for tenant: TenantStore, owner: UInt64, limit: ByteSize
    ) async throws(Problem) -> String {
        guard documents.count < Self.limit, documents.values.count(where: { $0.owner == owner }) < Self.ownerLimit else {
            throw Problem(
                .retryLater, "too many documents at once", hint: "a connection may hold \(Self.ownerLimit); close it or use another")
        }
        guard size <= limit else {
            throw Problem(
                .quotaExceeded, "document of \(size) for tenant \(tenant.id): \(limit) of its disk quota are left",
                hint: "cloister tenant quota \(tenant.id) --disk SIZE")
        }
        let blobs = tenant.blobs()
        let writer = try await blobs.begin(limit: size)
        let handle = "d" + String(UInt64.random(in: .min ... .max), radix: 16)
        documents[handle] = Document(
            tenant: tenant.id, name: name, size: size, owner: owner, blobs: blobs, writer: writer)
        return handle
    }

    package func append(_ bytes: [UInt8], to handle: String, owner: UInt64) async throws(Problem) {
        guard let writer = try find(handle, owner).writer else { throw Self.complete(handle) }
        try await writer.append(bytes)
    }

    package func finish(_ handle: String, owner: UInt64) async throws(Problem) -> Receipt {
        let document = try find(handle, owner)
        guard let writer = document.writer else { throw Self.complete(handle) }
        guard writer.size == document.size else {
            throw Problem(
                .invalidInput, "document \(handle): \(writer.size.bytes) bytes came, \(document.size.bytes) were announced")
        }
        documents[handle]?.writer = nil
        let (digest, size) = try await writer.finish()
        let receipt = Receipt(digest: digest, size: size)
        documents[handle]?.receipt = receipt
        return receipt
    }

    /// Puts a complete document into `folder` under its handle, and tells its path below that folder.
    package func place(_ handle: String, of tenant: TenantID, owner: UInt64, in folder: ExchangeFolder) async throws(Problem) -> String {
        let document = try find(handle, owner)
        guard document.tenant == tenant else { throw Self.unknown(handle) }
        guard let receipt = document.receipt else {
            throw Problem(.conflict, "document \(handle) is not complete", hint: "send document/finish first")
        }
        // Each call has a place of its own: two calls with one document do not share a folder that the first removes.
        let place = handle + "-" + String(UInt64.random(in: .min ... .max), radix: 16)
        let path = try folder.makePlace(place)
        try await document.blobs.link(receipt.digest, at: "\(path)/\(document.name)")
        return "\(place)/\(document.name)"
    }

    /// Forgets what an owner brought; called when its connection ends.
    package func release(owner: UInt64) async {
        let gone = documents.filter { $0.value.owner == owner }
        for handle in gone.keys { documents[handle] = nil }
        for document in gone.values {
            guard let digest = document.receipt?.digest else { continue }
            let isShared = documents.values.contains { $0.tenant == document.tenant && $0.receipt?.digest == digest }
            if !isShared { try? await document.blobs.remove(digest) }
        }
    }

    private func find(_ handle: String, _ owner: UInt64) throws(Problem) -> Document {
        guard let document = documents[handle], document.owner == owner else { throw Self.unknown(handle) }
        return document
    }

    private static func unknown(_ handle: String) -> Problem {
        Problem(
            .notFound, "document not found: \(handle)", hint: "a document lasts as long as the connection that brought it")
    }

    private static func complete(_ handle: String) -> Problem { Problem(.conflict, "document \(handle) is complete already") }
}
