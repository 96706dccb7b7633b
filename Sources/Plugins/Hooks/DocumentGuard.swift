import Model
import NIOCore
import Store
import Synchronization

/// The rules of events about a document: handlers see only one that their plugin may read, a filter of the content hands
/// on a document of its own making, and nobody rewrites what the host says about a document.
final class DocumentGuard: HookGuard {
    private let event: String
    private let tenant: TenantStore
    private let shelf: DocumentShelf
    private let grants: Grants
    private let original: DocumentID
    private let state: Mutex<(current: Document, replaced: [Document])>

    init(_ event: String, _ document: Document, _ tenant: TenantStore, _ shelf: DocumentShelf, _ grants: Grants) {
        self.event = event
        self.tenant = tenant
        self.shelf = shelf
        self.grants = grants
        original = document.id
        state = Mutex((document, []))
    }

    /// The document as the last filter left it.
    var document: Document { state.withLock { $0.current } }

    /// Documents that a filter made and another replaced.
    var replaced: [Document] { state.withLock { $0.replaced } }

    func objection(to plugin: PluginID) -> String? {
        let document = document
        guard !grants.allows(.documents, "read", on: document.subject, for: plugin, of: tenant.id) else { return nil }
        return "not granted: documents read of \(document.mediaType), \(document.size)"
    }

    func take(_ value: ByteBuffer, from plugin: PluginID) async throws(Problem) -> ByteBuffer {
        let parsed = try Self.parse(value, plugin)
        var members = parsed
        let current = document
        if event == "document.content" {
            let next = try await self.next(members["document"]?["document"]?.string, current, plugin)
            members["document"] = next.summary
        } else {
            members["document"] = current.summary
        }
        if event == "document.metadata" { try Self.check(members["metadata"], .pluginFailed, "plugin \(plugin)") }
        // Bytes that are right as they are go on as they are.
        return members == parsed ? value : ByteBuffer(bytes: JSONValue.object(members).bytes)
    }

    private func next(_ text: String?, _ current: Document, _ plugin: PluginID) async throws(Problem) -> Document {
        guard let text, let id = DocumentID(rawValue: text) else {
            throw Problem(.pluginFailed, "plugin \(plugin): /document/document: names no document")
        }
        if id == current.id { return current }
        let next = try await shelf.find(id, in: tenant)
        guard next.origin == plugin else {
            throw Problem(
                .pluginFailed, "plugin \(plugin): /document/document: \(id) is not of its making",
                hint: "a filter hands on a document that it made with document/create")
        }
        state.withLock { state in
            if state.current.id != original { state.replaced.append(state.current) }
            state.current = next
        }
        return next
    }

    private static func parse(_ value: ByteBuffer, _ plugin: PluginID) throws(Problem) -> [String: JSONValue] {
        let parsed = try JSONValue.parse(Array(value.readableBytesView), as: "value of plugin \(plugin)")
        guard let members = parsed.object else {
            throw Problem(.pluginFailed, "plugin \(plugin): expected object, found \(parsed.kind)")
        }
        return members
    }

    /// Groups of tags, each with a value. An error says whose they are.
    static func check(_ metadata: JSONValue?, _ code: Problem.Code, _ subject: String) throws(Problem) {
        guard let groups = metadata?.object else {
            throw Problem(code, "\(subject): /metadata: expected object, found \(metadata?.kind ?? "nothing")")
        }
        for (name, group) in groups where group.object == nil {
            throw Problem(code, "\(subject): /metadata/\(name): expected object, found \(group.kind)")
        }
    }
}
