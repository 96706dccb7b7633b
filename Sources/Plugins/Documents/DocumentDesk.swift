package import Model
package import Store

/// Documents on their way to tools: received in parts, kept while the connection that brought them lasts, placed
/// read-only where a plugin sees them. One that is kept becomes a document of its tenant and lasts.
package actor DocumentDesk {
    /// What a caller is told when a document is complete.
    package struct Receipt: Sendable, Hashable {
        package let digest: BlobDigest
        package let size: ByteSize
    }

    private struct Upload {
        let tenant: TenantStore
        let name: String
        let size: ByteSize
        let owner: UInt64
        var writer: BlobWriter?
        /// Room on the tenant's disk, until the bytes are there.
        var reservation: DiskReservation?
        var receipt: Receipt?
    }

    /// Documents that one owner may have at a time, and all owners together.
    package static let ownerLimit = 64
    package static let limit = 1024

    private let shelf: DocumentShelf
    private let quota: DiskQuota
    private var uploads: [String: Upload] = [:]

    init(_ shelf: DocumentShelf, _ quota: DiskQuota) {
        self.shelf = shelf
        self.quota = quota
    }

    /// Starts a document of exactly `size` bytes; the answer names it.
    package func begin(
        _ name: String, size: ByteSize, for tenant: TenantStore, owner: UInt64
    ) async throws(Problem) -> String {
        try checkRoom(for: owner)
        try Document.check(name: name)
        let reservation: DiskReservation
        do throws(Problem) {
            reservation = try await quota.reserve(size, for: tenant.id)
        } catch {
            guard error.code == .quotaExceeded else { throw error }
            throw Problem(error.code, "document of \(error.message)", hint: error.hint, cause: error.cause)
        }
        let writer = try await tenant.blobs().begin(limit: size)
        try checkRoom(for: owner)
        let handle = "d" + String(UInt64.random(in: .min ... .max), radix: 16)
        uploads[handle] = Upload(
            tenant: tenant, name: name, size: size, owner: owner, writer: writer, reservation: reservation)
        return handle
    }

    /// Keeps bytes at hand as a document that no hook hears of: nobody sent it. Without a media type its content says it. Throws
    /// `quotaExceeded`.
    package func store(
        _ bytes: [UInt8], as id: DocumentID, named name: String, mediaType: String?, for tenant: TenantStore
    ) async throws(Problem) -> Document {
        let size = ByteSize(bytes: Int64(bytes.count))
        let reservation = try await quota.reserve(size, for: tenant.id)
        defer { withExtendedLifetime(reservation) {} }
        let writer = try await tenant.blobs().begin(limit: size)
        try await writer.append(bytes)
        let (digest, _) = try await shelf.finish(writer, in: tenant)
        let result: Result<Document, Problem>
        do throws(Problem) {
            let type: String
            if let mediaType { type = mediaType } else { type = try await MediaSniff.type(of: digest, in: tenant.blobs()) }
            result = .success(try await shelf.add(digest, as: id, size: size, name: name, mediaType: type, origin: nil, in: tenant))
        } catch {
            result = .failure(error)
        }
        await shelf.release(digest, in: tenant)
        return try result.get()
    }

    /// Whose document it is going to be; nil for a handle that is not known.
    package func tenant(of handle: String) -> TenantID? { uploads[handle]?.tenant.id }

    package func append(_ bytes: [UInt8], to handle: String, owner: UInt64) async throws(Problem) {
        guard let writer = try find(handle, owner).writer else { throw Self.complete(handle) }
        try await writer.append(bytes)
    }

    package func finish(_ handle: String, owner: UInt64) async throws(Problem) -> Receipt {
        let upload = try find(handle, owner)
        guard let writer = upload.writer else { throw Self.complete(handle) }
        guard writer.size == upload.size else {
            throw Problem(
                .invalidInput, "document \(handle): \(writer.size.bytes) bytes came, \(upload.size.bytes) were announced")
        }
        uploads[handle]?.writer = nil
        let (digest, size) = try await shelf.finish(writer, in: upload.tenant)
        let receipt = Receipt(digest: digest, size: size)
        // The connection may have gone meanwhile, and with it whoever would let go of the blob.
        guard uploads[handle] != nil else {
            await shelf.release(digest, in: upload.tenant)
            throw Self.unknown(handle)
        }
        uploads[handle]?.receipt = receipt
        uploads[handle]?.reservation = nil
        return receipt
    }

    /// Makes a complete document one that arrives at its tenant.
    package func keep(_ handle: String, owner: UInt64) async throws(Problem) -> (document: Document, tenant: TenantStore) {
        let upload = try find(handle, owner)
        guard let receipt = upload.receipt else { throw Self.incomplete(handle) }
        let type = try await MediaSniff.type(of: receipt.digest, in: upload.tenant.blobs())
        let document = try await shelf.add(
            receipt.digest, size: receipt.size, name: upload.name, mediaType: type, origin: nil, in: upload.tenant,
            arriving: true)
        return (document, upload.tenant)
    }

    /// What a complete document is, and what it is called.
    package func content(
        _ handle: String, of tenant: TenantID, owner: UInt64
    ) throws(Problem) -> (digest: BlobDigest, name: String) {
        let upload = try find(handle, owner)
        guard upload.tenant.id == tenant else { throw Self.unknown(handle) }
        guard let receipt = upload.receipt else { throw Self.incomplete(handle) }
        return (receipt.digest, upload.name)
    }

    /// Puts a complete document into `folder` under its handle, and tells its path below that folder.
    package func place(_ handle: String, of tenant: TenantID, owner: UInt64, in folder: ExchangeFolder) async throws(Problem) -> String {
        let upload = try find(handle, owner)
        guard upload.tenant.id == tenant else { throw Self.unknown(handle) }
        guard let receipt = upload.receipt else { throw Self.incomplete(handle) }
        return try await folder.place(receipt.digest, named: upload.name, of: upload.tenant)
    }

    /// Forgets what an owner brought; called when its connection ends.
    package func release(owner: UInt64) async {
        let gone = uploads.filter { $0.value.owner == owner }
        for handle in gone.keys { uploads[handle] = nil }
        for upload in gone.values {
            if let digest = upload.receipt?.digest { await shelf.release(digest, in: upload.tenant) }
        }
    }

    private func checkRoom(for owner: UInt64) throws(Problem) {
        guard uploads.count < Self.limit, uploads.values.count(where: { $0.owner == owner }) < Self.ownerLimit else {
            throw Problem(
                .retryLater, "too many documents at once", hint: "a connection may hold \(Self.ownerLimit); close it or use another")
        }
    }

    private func find(_ handle: String, _ owner: UInt64) throws(Problem) -> Upload {
        guard let upload = uploads[handle], upload.owner == owner else { throw Self.unknown(handle) }
        return upload
    }

    private static func unknown(_ handle: String) -> Problem {
        Problem(
            .notFound, "document not found: \(handle)", hint: "a document lasts as long as the connection that brought it")
    }

    private static func incomplete(_ handle: String) -> Problem {
        Problem(.conflict, "document \(handle) is not complete", hint: "send document/finish first")
    }

    private static func complete(_ handle: String) -> Problem { Problem(.conflict, "document \(handle) is complete already") }
}
