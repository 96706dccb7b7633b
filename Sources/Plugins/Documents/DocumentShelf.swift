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
        /// Documents that handlers are looking at before they are let in.
        var arriving: Set<DocumentID> = []
    }

    private let state = Mutex(State())
    private let step: @Sendable (String) -> Void

    /// `step` is told the name of each step that was taken; tests end the process there.
    package init(step: @escaping @Sendable (String) -> Void = { _ in }) { self.step = step }

    /// Makes a blob permanent and holds it until `release`.
    func finish(_ writer: BlobWriter, in tenant: TenantStore) async throws(Problem) -> (digest: BlobDigest, size: ByteSize) {
        try await serially(tenant.id) { [self] () throws(Problem) in
            let (digest, size) = try await writer.finish()
            step("document.finish")
            state.withLock { $0.holds[tenant.id, default: [:]][digest, default: 0] += 1 }
            return (digest, size)
        }
    }

    /// Makes a file, which has this digest and stays, a blob that is held until `release`.
    func adopt(_ path: String, as digest: BlobDigest, in tenant: TenantStore) async throws(Problem) {
        try await serially(tenant.id) { [self] () throws(Problem) in
            try await tenant.blobs().adopt(path, as: digest)
            step("document.adopt")
            state.withLock { $0.holds[tenant.id, default: [:]][digest, default: 0] += 1 }
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

    /// Makes a document of a blob that is held. With `arriving` it is found by its id alone until it is let in; a daemon that
    /// ends before leaves nothing of it.
    func add(
        _ digest: BlobDigest, as id: DocumentID = .random(), size: ByteSize, name: String, mediaType: String, origin: PluginID?, in tenant: TenantStore,
        arriving: Bool = false
    ) async throws(Problem) -> Document {
        try Document.check(name: name)
        let document = Document(
            id: id, name: name, mediaType: mediaType, size: size, digest: digest, created: Moment.now,
            origin: origin, source: nil, metadata: nil)
        // Known before the row is there: a sweep takes rows that nobody knows.
        if arriving { state.withLock { _ = $0.arriving.insert(document.id) } }
        do throws(Problem) {
            try await tenant.write { try document.insert(into: $0, arriving: arriving) }
        } catch {
            state.withLock { _ = $0.arriving.remove(document.id) }
            throw error
        }
        step("document.add")
        return document
    }

    /// Lets a document in that was added as arriving: from now on it is the tenant's. `more` is done with it or not at all.
    func admit(
        _ id: DocumentID, in tenant: TenantStore, with more: @escaping @Sendable (Database) throws -> Void = { _ in }
    ) async throws(Problem) {
        try await tenant.write { database in
            try database.execute(sql: "UPDATE document SET arriving = 0 WHERE id = ?", arguments: [id.rawValue])
            try more(database)
        }
        step("document.admit")
        state.withLock { _ = $0.arriving.remove(id) }
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
            step("document.delete")
            state.withLock { _ = $0.arriving.remove(id) }
            let isHeld = state.withLock { $0.holds[tenant.id]?[document.digest] != nil }
            if !isHeld { try await drop(document.digest, in: tenant) }
        }
        return document
    }

    /// Where a run stands that may make documents: see `discard`.
    func mark(in tenant: TenantStore) async throws(Problem) -> Int64 { try await tenant.read { try Document.newest(in: $0) } }

    /// Removes documents of a run that came to nothing, as far as they were made after its mark. What could not be removed
    /// stays as a document like any other.
    func discard(_ documents: [Document], madeAfter mark: Int64, in tenant: TenantStore) async {
        for document in documents {
            let isNew = try? await tenant.read { database in
                try Bool.fetchOne(
                    database, sql: "SELECT number > ? FROM document WHERE id = ?", arguments: [mark, document.id.rawValue])
            }
            if isNew == true { _ = try? await delete(document.id, in: tenant) }
        }
    }

    /// Removes what an earlier daemon left half done: documents that were never let in, and content that no document has.
    /// Takes nothing that somebody is at work with.
    package func sweep(_ tenant: TenantStore) async throws(Problem) {
        let arriving = try await tenant.read { try Document.arriving(in: $0) }
        // Looked up only now: who had a row above was known before that.
        let left = state.withLock { state in arriving.filter { !state.arriving.contains($0) } }
        if !left.isEmpty {
            try await tenant.write { database in
                for id in left {
                    // It may have been let in since.
                    try database.execute(sql: "DELETE FROM document WHERE id = ? AND arriving", arguments: [id.rawValue])
                }
            }
        }
        for part in try await tenant.blobs().parts() {
            try await serially(tenant.id) { [self] () throws(Problem) in
                let kept = try await tenant.read { try Document.digests(of: part, in: $0) }
                let held = state.withLock { Set(($0.holds[tenant.id] ?? [:]).keys) }
                for digest in try await tenant.blobs().digests(of: part)
                where !kept.contains(digest.description) && !held.contains(digest) {
                    try await tenant.blobs().remove(digest)
                }
            }
        }
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
