package import Model
package import Store
import Synchronization

/// The uploads of all tenants: rows in their databases over files in their folders.
///
/// An offset that anybody was told is on disk, and so is everything before it. Of one upload there is one writer: who opens
/// it later at the right offset takes over, and the earlier one is refused from then on.
package final class Uploads: Sendable {
    /// So many bytes may be written without being acknowledged; what a crash costs at most.
    private static let interval: Int64 = 8 << 20

    private struct Key: Hashable {
        let tenant: TenantID
        let id: UploadID
    }

    /// Somebody writes.
    private struct Turn {
        let number: UInt64
        let size: Int64
        /// Written.
        var position: Int64
        /// Acknowledged.
        var offset: Int64
    }

    private struct Entry {
        let work = SerialWork()
        var users = 0
        var turn: Turn?
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Those whose file may be there without a row.
        var beginning: Set<Key> = []
        var lastTurn: UInt64 = 0
    }

    private let shelf: DocumentShelf
    private let quota: DiskQuota
    private let step: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// `step` is told the name of each step that was taken; tests end the process there.
    init(_ shelf: DocumentShelf, _ quota: DiskQuota, step: @escaping @Sendable (String) -> Void) {
        self.shelf = shelf
        self.quota = quota
        self.step = step
    }

    /// Starts an upload of exactly `size` bytes, for which there is room from now on.
    package func create(
        _ name: String, size: ByteSize, mediaType: String?, digest: BlobDigest?, in tenant: TenantStore
    ) async throws(Problem) -> Upload {
        try Document.check(name: name)
        try await sweep(tenant)
        let now = Moment.now
        let upload = Upload(
            id: .random(), name: name, mediaType: mediaType, size: size, digest: digest, offset: 0, created: now,
            expires: now + Upload.life, document: nil)
        let reservation = try await quota.reserve(size, for: tenant.id)
        let key = Key(tenant: tenant.id, id: upload.id)
        state.withLock { _ = $0.beginning.insert(key) }
        defer { state.withLock { _ = $0.beginning.remove(key) } }
        try await tenant.uploads.make(upload.id, size: size)
        step("upload.file")
        withExtendedLifetime(reservation) {}
        do throws(Problem) {
            try await tenant.write { try upload.insert(into: $0) }
        } catch {
            try? await tenant.uploads.remove(upload.id)
            throw error
        }
        step("upload.create")
        return upload
    }

    /// The newest first, those that were finished lately among them.
    package func list(in tenant: TenantStore) async throws(Problem) -> [Upload] {
        let now = Moment.now
        return try await tenant.read { try Upload.all(in: $0) }.filter { $0.expires > now }
    }

    package func show(_ id: UploadID, in tenant: TenantStore) async throws(Problem) -> Upload {
        try await serially(id, tenant) { [self] () throws(Problem) in try await settle(id, tenant) }
    }

    /// Asks to write `length` bytes at `offset`; with `isLast` the upload is to end with them.
    package func open(
        _ id: UploadID, at offset: Int64, length: Int64, isLast: Bool, in tenant: TenantStore
    ) async throws(Problem) -> Upload.Opening {
        try await serially(id, tenant) { [self] () throws(Problem) in
            let upload = try await settle(id, tenant)
            guard upload.document == nil else { return .finished }
            guard offset == upload.offset else { return .elsewhere(upload.offset) }
            let rest = upload.size.bytes - offset
            guard isLast ? length == rest : length <= rest else { return .otherSize(upload.size.bytes) }
            let key = Key(tenant: tenant.id, id: id)
            return .ready(
                state.withLock { state in
                    state.lastTurn += 1
                    state.entries[key]?.turn = Turn(
                        number: state.lastTurn, size: upload.size.bytes, position: offset, offset: offset)
                    return Upload.Ticket(tenant: tenant, id: id, number: state.lastTurn)
                })
        }
    }

    /// Writes where the last call ended. Throws `conflict` once somebody else writes.
    package func append(_ bytes: [UInt8], _ ticket: Upload.Ticket) async throws(Problem) {
        try await serially(ticket.id, ticket.tenant) { [self] () throws(Problem) in
            guard var turn = turn(of: ticket) else {
                throw Problem(.conflict, "another request writes to upload \(ticket.id)", hint: "ask for its offset, and go on there")
            }
            guard Int64(bytes.count) <= turn.size - turn.position else {
                throw Problem(.invalidInput, "upload \(ticket.id): more bytes than the \(turn.size) that were announced")
            }
            // One that is all there may be a blob already, to which nobody writes.
            guard !bytes.isEmpty else { return }
            try await ticket.tenant.uploads.write(bytes, to: ticket.id, at: turn.position)
            turn.position += Int64(bytes.count)
            let key = Key(tenant: ticket.tenant.id, id: ticket.id)
            state.withLock { [turn] in $0.entries[key]?.turn = turn }
            if turn.position - turn.offset >= Self.interval { try await acknowledge(key, ticket.tenant) }
        }
    }

    /// Ends the right to write, and keeps what was written. Returns the offset.
    package func close(_ ticket: Upload.Ticket) async throws(Problem) -> Int64 {
        try await serially(ticket.id, ticket.tenant) { [self] () throws(Problem) in
            if turn(of: ticket) != nil {
                let key = Key(tenant: ticket.tenant.id, id: ticket.id)
                defer { state.withLock { $0.entries[key]?.turn = nil } }
                try await acknowledge(key, ticket.tenant)
            }
            guard let upload = try await ticket.tenant.read({ try Upload.find(ticket.id, in: $0) }) else {
                throw Self.unknown(ticket.id)
            }
            return upload.offset
        }
    }

    /// Makes a document of an upload that is all there, once `receive` let it in. A second time it is the same document.
    func finish(
        _ id: UploadID, in tenant: TenantStore, _ receive: @escaping @Sendable (Document) async throws(Problem) -> Void
    ) async throws(Problem) -> Document {
        try await serially(id, tenant) { [self] () throws(Problem) in
            let upload = try await settle(id, tenant)
            if let document = upload.document { return try await shelf.find(document, in: tenant) }
            guard upload.offset == upload.size.bytes else {
                throw Problem(
                    .conflict, "upload \(id) is not complete: \(upload.offset) of \(upload.size.bytes) bytes are there",
                    hint: "send the rest first")
            }
            let path = tenant.uploads.path(of: id)
            let digest = try await tenant.blobs().digest(ofFile: path)
            guard upload.digest.map({ $0 == digest }) ?? true else {
                throw Problem(
                    .invalidInput, "/sha256: what came has \(digest.hexadecimal)", hint: "cancel the upload, and send the document again")
            }
            try await shelf.adopt(path, as: digest, in: tenant)
            let outcome: Result<Document, Problem>
            do throws(Problem) {
                outcome = .success(try await make(upload, digest, in: tenant, receive))
            } catch {
                outcome = .failure(error)
            }
            await shelf.release(digest, in: tenant)
            let document = try outcome.get()
            // Left behind it costs space until the next sweep.
            try? await tenant.uploads.remove(id)
            return document
        }
    }

    private func make(
        _ upload: Upload, _ digest: BlobDigest, in tenant: TenantStore,
        _ receive: @Sendable (Document) async throws(Problem) -> Void
    ) async throws(Problem) -> Document {
        let sniffed = try await MediaSniff.type(of: digest, in: tenant.blobs())
        let document = try await shelf.add(
            digest, size: upload.size, name: upload.name, mediaType: MediaSniff.type(sniffed, claimed: upload.mediaType), origin: nil,
            in: tenant, arriving: true)
        do throws(Problem) {
            try await receive(document)
            let expires = Moment.now + Upload.life
            try await shelf.admit(document.id, in: tenant) { database in
                try Upload.finish(upload.id, as: document.id, expires: expires, in: database)
            }
        } catch {
            _ = try? await shelf.delete(document.id, in: tenant)
            throw error
        }
        return document
    }

    /// Ends an upload for good, whoever writes to it; the document of one that is finished stays.
    package func cancel(_ id: UploadID, in tenant: TenantStore) async throws(Problem) -> Upload {
        try await serially(id, tenant) { [self] () throws(Problem) in
            let upload = try await settle(id, tenant)
            try await remove(id, tenant)
            return upload
        }
    }

    /// Removes uploads whose time is over, and what an earlier daemon left of others.
    package func sweep(_ tenant: TenantStore) async throws(Problem) {
        let files = Set(try await tenant.uploads.all())
        let rows = try await tenant.read { try Upload.all(in: $0) }
        let now = Moment.now
        for upload in rows where upload.expires <= now {
            try await serially(upload.id, tenant) { [self] () throws(Problem) in
                // Somebody may have gone on with it since.
                if let row = try await tenant.read({ try Upload.find(upload.id, in: $0) }), row.expires <= Moment.now {
                    try await remove(upload.id, tenant)
                }
            }
        }
        for upload in rows where upload.document == nil && !files.contains(upload.id) {
            // `settle` looks again, and removes it where its file is not there.
            do throws(Problem) { _ = try await show(upload.id, in: tenant) } catch {
                guard error.code == .notFound else { throw error }
            }
        }
        for id in files.subtracting(rows.filter { $0.document == nil }.map(\.id)) {
            try await serially(id, tenant) { [self] () throws(Problem) in
                guard !state.withLock({ $0.beginning.contains(Key(tenant: tenant.id, id: id)) }) else { return }
                let row = try await tenant.read { try Upload.find(id, in: $0) }
                if row == nil || row?.document != nil { try await tenant.uploads.remove(id) }
            }
        }
    }

    /// Whether a tenant may have something to sweep, without a look into its database.
    package func hasFiles(_ tenant: TenantStore) async -> Bool { ((try? await tenant.uploads.all()) ?? []).isEmpty == false }

    /// Forgets a tenant that is being removed: who writes to an upload of it is refused.
    func forget(_ tenant: TenantID) {
        state.withLock { state in
            for key in state.entries.keys where key.tenant == tenant { state.entries[key]?.turn = nil }
        }
    }

    /// The upload as it stands, with what somebody wrote who has not ended yet.
    private func settle(_ id: UploadID, _ tenant: TenantStore) async throws(Problem) -> Upload {
        try await acknowledge(Key(tenant: tenant.id, id: id), tenant)
        guard let upload = try await tenant.read({ try Upload.find(id, in: $0) }), upload.expires > Moment.now else {
            throw Self.unknown(id)
        }
        // A database that came back from a backup names files that did not.
        if upload.document == nil, try await !tenant.uploads.contains(id) {
            try await remove(id, tenant)
            throw Self.unknown(id)
        }
        return upload
    }

    private func acknowledge(_ key: Key, _ tenant: TenantStore) async throws(Problem) {
        guard let turn = state.withLock({ $0.entries[key]?.turn }), turn.position > turn.offset else { return }
        try await tenant.uploads.synchronize(key.id)
        step("upload.bytes")
        let expires = Moment.now + Upload.life
        try await tenant.write { try Upload.advance(key.id, to: turn.position, expires: expires, in: $0) }
        step("upload.offset")
        state.withLock { $0.entries[key]?.turn?.offset = turn.position }
    }

    private func remove(_ id: UploadID, _ tenant: TenantStore) async throws(Problem) {
        let key = Key(tenant: tenant.id, id: id)
        state.withLock { $0.entries[key]?.turn = nil }
        try await tenant.write { try Upload.delete(id, in: $0) }
        step("upload.delete")
        try await tenant.uploads.remove(id)
    }

    private func turn(of ticket: Upload.Ticket) -> Turn? {
        let turn = state.withLock { $0.entries[Key(tenant: ticket.tenant.id, id: ticket.id)]?.turn }
        return turn?.number == ticket.number ? turn : nil
    }

    private static func unknown(_ id: UploadID) -> Problem {
        Problem(.notFound, "upload not found: \(id)", hint: "one that nothing was done with for a day is gone")
    }

    private func serially<Value: Sendable>(
        _ id: UploadID, _ tenant: TenantStore, _ body: @escaping @Sendable () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let key = Key(tenant: tenant.id, id: id)
        let work = state.withLock { state in
            state.entries[key, default: Entry()].users += 1
            return state.entries[key]?.work ?? SerialWork()
        }
        defer {
            state.withLock { state in
                state.entries[key]?.users -= 1
                if let entry = state.entries[key], entry.users == 0, entry.turn == nil { state.entries[key] = nil }
            }
        }
        return try await work.run(body)
    }
}
