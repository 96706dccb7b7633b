import GRDB
package import Model
package import Store
import Synchronization

/// The documents of all tenants: rows in their databases over blobs that are written once.
///
/// A blob is removed when neither a document nor somebody at work needs it. Taking and dropping a blob of one tenant
/// happen one after the other, so that nobody drops what somebody else just took.
package final class DocumentShelf: Sendable {
    package static let pageLimit = 1000

    private struct State {
        var work: [TenantID: SerialWork] = [:]
        var holds: [TenantID: [BlobDigest: Int]] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Makes a blob permanent and holds it until `release`.
    func finish(_ writer: BlobWriter, in tenant: TenantStore) async throws(Problem) -> (digest: BlobDigest, size: ByteSize) {
        try await serially(tenant.id) { [self] () throws(Problem) in
            let (digest, size) = try await writer.finish()
            state.withLock { $0.holds[tenant.id, default: [:]][digest, default: 0] += 1 }
            return (digest, size)
        }
    }

    /// Lets go of a blob; it goes when no document has its content.
    func release(_ digest: BlobDigest, in tenant: TenantStore) async {
        // What cannot be removed now costs space and harms nobody; a tenant that is being deleted has nothing to remove.
        _ = try? await serially(tenant.id) { [self] () throws(Problem) in
            let isHeld = state.withLock { state in
                let count = state.holds[tenant.id]?[digest] ?? 0
                state.holds[tenant.id]?[digest] = count > 1 ? count - 1 : nil
                return count > 1
            }
            if !isHeld { try await drop(digest, in: tenant) }
        }
    }

    /// Makes a document of a blob that is held.
    func add(
        _ digest: BlobDigest, size: ByteSize, name: String, mediaType: String, origin: PluginID?, in tenant: TenantStore
    ) async throws(Problem) -> Document {
        try Document.check(name: name)
        let document = Document(
            id: .random(), name: name, mediaType: mediaType, size: size, digest: digest, created: Grant.now,
            origin: origin, source: nil, metadata: nil)
        try await tenant.write { try document.insert(into: $0) }
        return document
    }

    package func find(_ id: DocumentID, in tenant: TenantStore) async throws(Problem) -> Document {
        guard let document = try await tenant.read({ try Document.find(id, in: $0) }) else {
            throw Problem(
                .notFound, "document not found: \(id)", hint: "`cloister document list --tenant \(tenant.id)` shows all")
        }
        return document
    }

    /// The newest first. `cursor` is where the page before ended.
    package func list(
        in tenant: TenantStore, before cursor: Int64?, limit: Int
    ) async throws(Problem) -> (documents: [Document], cursor: Int64?) {
        let page = try await tenant.read { try Document.page(before: cursor ?? .max, limit: limit + 1, in: $0) }
        let rest = page.count > limit
        return (page.prefix(limit).map(\.1), rest ? page[limit - 1].number : nil)
    }

    /// Keeps what became of a document that was processed.
    func keep(metadata: JSONValue, source: DocumentID?, of id: DocumentID, in tenant: TenantStore) async throws(Problem) {
        try await tenant.write { database in
            try database.execute(
                sql: "UPDATE document SET metadata = ?, source = ? WHERE id = ?",
                arguments: [metadata.compactText, source?.rawValue, id.rawValue])
        }
    }

    /// Removes a document, and its content where no other has the same.
    package func delete(_ id: DocumentID, in tenant: TenantStore) async throws(Problem) -> Document {
        let document = try await find(id, in: tenant)
        try await serially(tenant.id) { [self] () throws(Problem) in
            try await tenant.write { try $0.execute(sql: "DELETE FROM document WHERE id = ?", arguments: [id.rawValue]) }
            let isHeld = state.withLock { $0.holds[tenant.id]?[document.digest] != nil }
            if !isHeld { try await drop(document.digest, in: tenant) }
        }
        return document
    }

    /// Forgets a tenant that is being removed.
    func forget(_ tenant: TenantID) {
        state.withLock { state in
            state.work[tenant] = nil
            state.holds[tenant] = nil
        }
    }

    private func drop(_ digest: BlobDigest, in tenant: TenantStore) async throws(Problem) {
        guard try await !tenant.read({ try Document.isKept(digest, in: $0) }) else { return }
        try await tenant.blobs().remove(digest)
    }

    private func serially<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let work = state.withLock { state in
            if let work = state.work[tenant] { return work }
            let work = SerialWork()
            state.work[tenant] = work
            return work
        }
        return try await work.run(body)
    }
}
