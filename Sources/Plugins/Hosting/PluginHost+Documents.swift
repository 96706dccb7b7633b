package import Model
import NIOCore
import Store

extension PluginHost {
    /// What became of a document that was processed.
    package struct Processed: Sendable {
        /// What the filters of its content made of it; itself where they changed nothing.
        package let document: Document
        package let metadata: JSONValue
        /// The turns of all handlers, the first event's first.
        package let steps: [(event: String, step: HookReport.Step)]
    }

    /// Makes an uploaded document one of its tenant's once `document.received` was told. A handler that must not fail and
    /// does keeps the document out, and so does the end of the daemon before all have looked at it.
    package func keep(_ handle: String, owner: UInt64) async throws(Problem) -> Document {
        let (document, tenant) = try await documents.keep(handle, owner: owner)
        do throws(Problem) {
            _ = try await tell("document.received", document, tenant)
            try await shelf.admit(document.id, in: tenant)
        } catch {
            _ = try? await shelf.delete(document.id, in: tenant)
            throw error
        }
        return document
    }

    /// Makes a document of an upload that is all there, under the rules of `keep`. Where it is kept out the upload stays as it
    /// was, to be finished again or cancelled.
    package func finish(_ id: UploadID, of tenant: TenantID) async throws(Problem) -> Document {
        let store = try await environment.store.tenant(tenant)
        return try await uploads.finish(id, in: store) { [self] document throws(Problem) in
            _ = try await tell("document.received", document, store)
        }
    }

    /// Removes uploads whose time is over, of all tenants, until its task is cancelled.
    package func watchUploads() async {
        while (try? await Task.sleep(for: .seconds(3600))) != nil { await sweepUploads() }
    }

    package func sweepUploads() async {
        for tenant in (try? await environment.store.tenants()) ?? [] where tenant.state == .active {
            guard let store = try? await environment.store.tenant(tenant.id), await uploads.hasFiles(store) else { continue }
            try? await uploads.sweep(store)
        }
    }

    /// Keeps bytes at hand as a document that no hook hears of: nobody sent it. Without a media type its content says it. Throws
    /// `quotaExceeded`.
    package func store(
        _ bytes: [UInt8], as id: DocumentID, named name: String, mediaType: String?, for tenant: TenantID
    ) async throws(Problem) -> Document {
        let store = try await environment.store.tenant(tenant)
        return try await documents.store(bytes, as: id, named: name, mediaType: mediaType, for: store)
    }

    /// Removes what `store` kept, as silently.
    package func discard(_ id: DocumentID, of tenant: TenantID) async throws(Problem) {
        _ = try await shelf.delete(id, in: try await environment.store.tenant(tenant))
    }

    package func delete(_ id: DocumentID, of tenant: TenantID) async throws(Problem) -> Document {
        let store = try await environment.store.tenant(tenant)
        return try await delete(id, in: store)
    }

    func delete(_ id: DocumentID, in store: TenantStore) async throws(Problem) -> Document {
        let document = try await shelf.delete(id, in: store)
        // It is gone: a handler that must not fail cannot bring it back.
        _ = try? await tell("document.deleted", document, store)
        return document
    }

    /// Passes a document through the filters of its content and then of its metadata, keeps what came out, and tells
    /// `document.processed`. Where a handler that must not fail does, nothing is kept.
    package func process(_ id: DocumentID, of tenant: TenantID, keepsChanges: Bool = false) async throws(Problem) -> Processed {
        let store = try await environment.store.tenant(tenant)
        let source = try await shelf.find(id, in: store)
        let mark = try await shelf.mark(in: store)
        let content = DocumentGuard("document.content", source, store, shelf, grants)
        var reports: [(String, HookReport)] = []
        do throws(Problem) {
            let made = try await hooks.trace(
                "document.content", Self.value(source), for: tenant, guard: content, keepsChanges: keepsChanges)
            if let failure = made.failure { throw failure }
            reports.append(("document.content", made))
            let result = content.document
            let known = DocumentGuard("document.metadata", result, store, shelf, grants)
            let told = try await hooks.trace(
                "document.metadata", Self.value(result, ["metadata": [:]]), for: tenant, guard: known,
                keepsChanges: keepsChanges)
            if let failure = told.failure { throw failure }
            reports.append(("document.metadata", told))
            let metadata = try JSONValue.parse(Array(told.value.readableBytesView), as: "document.metadata")["metadata"] ?? [:]
            try await shelf.keep(
                metadata: metadata, source: result.id == source.id ? source.source : source.id, of: result.id, in: store)
            let end = try await tell("document.processed", result, store)
            reports.append(("document.processed", end))
            let document = try await shelf.find(result.id, in: store)
            // A filter may hand on what it made long ago; that is not this run's to remove.
            await shelf.discard(content.replaced, madeAfter: mark, in: store)
            return Processed(
                document: document, metadata: metadata,
                steps: reports.flatMap { name, report in report.steps.map { (event: name, step: $0) } })
        } catch {
            let made = content.replaced + (content.document.id == source.id ? [] : [content.document])
            await shelf.discard(made, madeAfter: mark, in: store)
            throw error
        }
    }

    private func tell(_ event: String, _ document: Document, _ tenant: TenantStore) async throws(Problem) -> HookReport {
        try await hooks.run(
            event, Self.value(document), for: tenant.id, guard: DocumentGuard(event, document, tenant, shelf, grants))
    }

    private static func value(_ document: Document, _ more: [String: JSONValue] = [:]) -> ByteBuffer {
        ByteBuffer(bytes: JSONValue.object(more.merging(["document": document.summary]) { $1 }).bytes)
    }
}
