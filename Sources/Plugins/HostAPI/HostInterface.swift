import Model
import NIOCore
import Store
import Supervisor
import Wire

/// What one plugin may ask of the host. Every request needs a grant; one without is refused with the resource, the action
/// and the manifest entry that would ask for it.
///
/// Nothing here waits on the event loop. The wire stops reading a plugin that has too many requests unanswered, so the
/// tasks that answer them are bounded, too.
struct HostInterface: Sendable {
    let services: HostServices
    let exchange: ExchangeFolder
    /// What the manifest of the plugin's version asks for: it may do nothing else, whatever was granted.
    let asked: [Permission]

    func answer(_ request: InboundRequest, from key: ChildKey) {
        do throws(Problem) {
            let call = try HostCall(request.method, request.parameters)
            try preview(call, key)
            // Now, while what the plugin was asked to do is still under way: its answer to that may be the next message.
            let depth = services.chain(key)
            Task {
                await RunChain.$depth.withValue(depth) {
                    do throws(Problem) {
                        request.respond(try await answer(call, key))
                    } catch {
                        request.fail(error)
                    }
                }
            }
        } catch {
            request.fail(error)
        }
    }

    /// Refuses at once what no grant mentions, before anything is looked up: whether something exists is nothing that a
    /// plugin without a grant may find out.
    private func preview(_ call: HostCall, _ key: ChildKey) throws(Problem) {
        let (resource, action, subject) = call.need
        guard let subject else {
            guard !permits(key).mention(resource, action) else { return }
            return try services.grants.authorize(resource, action, on: .nothing, for: key.plugin, of: key.tenant, asking: asked)
        }
        try services.grants.authorize(resource, action, on: subject, for: key.plugin, of: key.tenant, asking: asked)
    }

    private func permits(_ key: ChildKey) -> [Permission] {
        services.grants.permissions(of: key.plugin, for: key.tenant, asking: asked)
    }

    private func answer(_ call: HostCall, _ key: ChildKey) async throws(Problem) -> ByteBuffer {
        let tenant = try await services.store.tenant(key.tenant)
        let storage = PluginStorage(plugin: key.plugin, tenant: tenant)
        switch call {
        case .storageGet(let name):
            return Self.object("value", ByteBuffer(bytes: try await storage.value(of: name) ?? Array("null".utf8)))
        case .storagePut(let name, let value):
            guard value.readableBytes <= Int(PluginStorage.valueLimit.bytes) else {
                throw Problem(
                    .quotaExceeded, "value of \(name.prefix(80)): larger than \(PluginStorage.valueLimit)",
                    hint: "keep larger data in files below /data")
            }
            let room = try await services.quota.reserve(ByteSize(bytes: Int64(value.readableBytes)), for: key.tenant)
            try await storage.put(Array(value.readableBytesView), at: name)
            return withExtendedLifetime(room) { Self.object([:]) }
        case .storageDelete(let name): return Self.object(["deleted": .bool(try await storage.delete(name))])
        case .storageList(let prefix, let cursor, let limit):
            let page = try await storage.keys(below: prefix, after: cursor, limit: limit)
            return Self.object(["keys": .array(page.keys.map { .string($0) }), "cursor": JSONValue(page.cursor)])
        case .documentOpen(let id, let request): return try await open(id, during: request, tenant, key)
        case .documentInfo(let id): return Self.object(try await readable(id, tenant, key).details)
        case .documentCreate(let path, let name, let mediaType):
            return Self.object(try await create(path, name, mediaType, tenant, key).details)
        case .documentDelete(let id):
            let document = try await services.shelf.find(id, in: tenant)
            try services.grants.authorize(
                .documents, "delete", on: document.subject, for: key.plugin, of: key.tenant, asking: asked)
            try await services.delete(id, tenant)
            return Self.object([:])
        case .secretGet(let name):
            return Self.object(["value": .string(try await services.secrets.value(of: name, in: tenant))])
        case .eventEmit(let event, let value, let run):
            guard let filtered = try await services.emit(event, value, run, key) else { return Self.object([:]) }
            return Self.object("value", filtered)
        case .connectionCall(let connection, let action, let input):
            return Self.object(
                "output", try await services.connections.call(action, of: connection, input: input, for: key.tenant))
        }
    }

    private static func object(_ members: [String: JSONValue]) -> ByteBuffer {
        ByteBuffer(bytes: JSONValue.object(members).bytes)
    }

    /// `{"name": …}` around bytes that are JSON already.
    private static func object(_ name: StaticString, _ value: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: value.readableBytes + 32)
        buffer.writeStaticString("{\"")
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
        buffer.writeImmutableBuffer(value)
        buffer.writeStaticString("}")
        return buffer
    }
}

extension HostInterface {
    /// A document that the plugin may read. One that it may not is refused, one that is not there not found.
    private func readable(_ id: DocumentID, _ tenant: TenantStore, _ key: ChildKey) async throws(Problem) -> Document {
        let document = try await services.shelf.find(id, in: tenant)
        try services.grants.authorize(.documents, "read", on: document.subject, for: key.plugin, of: key.tenant, asking: asked)
        return document
    }

    private func open(
        _ id: DocumentID, during call: MessageID?, _ tenant: TenantStore, _ key: ChildKey
    ) async throws(Problem) -> ByteBuffer {
        let opening = try services.places.open(during: call, of: key)
        let (document, place): (Document, String)
        do throws(Problem) {
            document = try await readable(id, tenant, key)
            place = try await exchange.place(document.digest, named: document.name, of: tenant)
        } catch {
            services.places.abandon(opening)
            throw error
        }
        try services.places.add(place, in: exchange, for: opening)
        return Self.object(document.details.merging(["path": .string("/exchange/in/" + place)]) { $1 })
    }

    /// Takes a file that the plugin wrote: its bytes are copied, as the plugin may go on writing, and then looked at. Only
    /// what the copy is counts, not what the file was called or said to be.
    private func create(
        _ path: String, _ name: String, _ claim: String?, _ tenant: TenantStore, _ key: ChildKey
    ) async throws(Problem) -> Document {
        try Document.check(name: name)
        let prefix = "/exchange/out/"
        guard path.hasPrefix(prefix) else {
            throw Problem(
                .invalidInput, "/path: not below \(prefix): \(path.prefix(80).debugDescription)",
                hint: "write the file there first")
        }
        let file = try await ForeignFile.open(String(path.dropFirst(prefix.count)), beneath: exchange.outPath)
        let room = try await services.quota.reserve(file.size, for: key.tenant)
        let writer = try await tenant.blobs().begin(limit: file.size)
        try await file.copy(into: writer)
        let (digest, size) = try await services.shelf.finish(writer, in: tenant)
        let outcome: Result<Document, Problem>
        do throws(Problem) {
            let type = MediaSniff.type(try await MediaSniff.type(of: digest, in: tenant.blobs()), claimed: claim)
            try services.grants.authorize(
                .documents, "create", on: .document(mediaType: type, size: size), for: key.plugin, of: key.tenant, asking: asked)
            outcome = .success(
                try await services.shelf.add(
                    digest, size: size, name: name, mediaType: type, origin: key.plugin, in: tenant))
        } catch {
            outcome = .failure(error)
        }
        await services.shelf.release(digest, in: tenant)
        await file.remove()
        withExtendedLifetime(room) {}
        return try outcome.get()
    }
}

extension HostCall {
    /// What a grant must allow. The subject is nil where it shows only when the document is looked at.
    var need: (Resource, action: String, subject: PermissionSubject?) {
        switch self {
        case .storageGet(let key): (.storage, "read", .key(key))
        case .storageList(let prefix, _, _): (.storage, "read", .key(prefix))
        case .storagePut(let key, _), .storageDelete(let key): (.storage, "write", .key(key))
        case .documentOpen, .documentInfo: (.documents, "read", nil)
        case .documentCreate: (.documents, "create", nil)
        case .documentDelete: (.documents, "delete", nil)
        case .secretGet(let name): (.secrets, "read", .name(name))
        case .eventEmit(let event, _, _): (.events, "emit", .name(event))
        case .connectionCall(let connection, _, _): (.connections, "call", .name(connection))
        }
    }
}
