import Control
import Model
import NIOCore
import Plugins
import Store

extension DaemonHandler {
    func keep(_ handle: DocumentHandle, _ caller: Caller) async throws(Problem) -> JSONValue {
        try await daemon.host.keep(handle.rawValue, owner: caller.connection).report
    }

    func documents(of id: TenantID, before cursor: Int64?, limit: Int) async throws(Problem) -> JSONValue {
        let tenant = try await daemon.store.tenant(id)
        let page = try await daemon.host.shelf.list(in: tenant, before: cursor, limit: limit)
        return ["documents": .array(page.documents.map(\.report)), "cursor": JSONValue(page.cursor)]
    }

    func show(_ document: DocumentID, of id: TenantID) async throws(Problem) -> JSONValue {
        try await daemon.host.shelf.find(document, in: try await daemon.store.tenant(id)).report
    }

    /// A part of a document as base64.
    func read(_ id: DocumentID, of tenant: TenantID, at offset: Int64, _ length: Int) async throws(Problem) -> ByteBuffer {
        let store = try await daemon.store.tenant(tenant)
        let document = try await daemon.host.shelf.find(id, in: store)
        let bytes = try await store.blobs().open(document.digest).read(at: offset, count: length)
        var buffer = ByteBuffer()
        buffer.writeStaticString(#"{"data":""#)
        buffer.writeBytes(bytes.withUnsafeBytes(Base64.encode))
        buffer.writeStaticString(#"","size":"#)
        buffer.writeString(String(document.size.bytes))
        buffer.writeStaticString("}")
        return buffer
    }

    func delete(_ document: DocumentID, of tenant: TenantID) async throws(Problem) -> JSONValue {
        try await daemon.host.delete(document, of: tenant).report
    }

    func process(_ document: DocumentID, of tenant: TenantID) async throws(Problem) -> JSONValue {
        let result = try await daemon.host.process(document, of: tenant, keepsChanges: true)
        var members = result.document.report.object ?? [:]
        members["steps"] = .array(result.steps.map { $0.step.json(of: $0.event) })
        return .object(members)
    }

    func secrets(of id: TenantID, _ part: ListPart) async throws(Problem) -> JSONValue {
        let page = try await daemon.host.secrets.page(
            in: try await daemon.store.tenant(id), after: part.cursor, limit: part.limit)
        return part.reply(["secrets": .array(page.elements.map(\.report))], next: page.next)
    }

    func secret(_ name: String, of id: TenantID) async throws(Problem) -> JSONValue {
        try await daemon.host.secrets.find(name, in: try await daemon.store.tenant(id)).report
    }

    func setSecret(_ name: String, to value: SecretText, of id: TenantID) async throws(Problem) -> JSONValue {
        let hosts = try Self.hosts(of: value)
        try await daemon.host.secrets.set(name, to: value.text, hosts: hosts, in: try await daemon.store.tenant(id))
        return [:]
    }

    static func hosts(of value: SecretText) throws(Problem) -> [HostPattern] {
        try value.hosts.map { (text) throws(Problem) -> HostPattern in
            guard let pattern = try? HostPattern(text) else {
                throw Problem(
                    .invalidInput, "/hosts: not a host: \(text.prefix(80).debugDescription)", hint: "for example api.crm.example or *.crm.example")
            }
            return pattern
        }
    }

    func deleteSecret(_ name: String, of id: TenantID) async throws(Problem) -> JSONValue {
        try await daemon.host.secrets.delete(name, in: try await daemon.store.tenant(id))
        return [:]
    }
}

extension Secrets.Entry {
    fileprivate var report: JSONValue {
        [
            "name": .string(name), "changed": .string(Timestamp(milliseconds: changed).description),
            "hosts": .array(hosts.map(JSONValue.string)),
        ]
    }
}

extension Document {
    /// As the control socket tells it.
    var report: JSONValue {
        var members = summary.object ?? [:]
        members["sha256"] = .string(digest.hexadecimal)
        members["created"] = .string(Timestamp(milliseconds: created).description)
        members["madeBy"] = JSONValue(origin?.rawValue)
        members["source"] = JSONValue(source?.rawValue)
        members["metadata"] = metadata ?? .null
        return .object(members)
    }
}
