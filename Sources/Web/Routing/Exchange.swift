import Crypto
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Store
import Tenancy

/// A request that was let in: whose it is, what it says, and the daemon that it is about.
struct Exchange: Sendable {
    let id: String
    let port: any DaemonPort
    let requester: Requester
    let request: Request
    /// Of path and query, checked and typed.
    let parameters: [String: JSONValue]
    /// The body's members, checked; those that only pass through as they came.
    var members: [String: JSONValue] = [:]
    var raw: [String: ByteBuffer] = [:]
    /// A body of which nothing was read yet.
    var message = ByteBuffer()
    /// What must hold for whatever it changes.
    var precondition: Precondition?
    /// Of a body that is read as it comes.
    var length: Int64 = 0
    let streams: Streams
    let metrics: Metrics
    let limits: WebSettings.Limits
    let inbound: InboundLimits
    let links: LinkLimits
    let origin: Origin
    /// Whose host was asked.
    let residence: Residence
    let people: People
    /// Of a person who is logged in.
    let session: OpenSession?
    /// Where the requester is, and with which program.
    let visitor: Visitor
    /// Asked before something is done that must not be done twice. Throws the answer of the first time.
    let once: @Sendable (_ fingerprint: String) async throws -> Void

    /// The tenant that the request is about; it may be asked about by this requester.
    func tenant() throws(Problem) -> TenantID {
        try requester.principal.subject(named: parameters["tenant"]?.string.flatMap(TenantID.init(rawValue:)))
    }

    func text(_ name: String) -> String? { parameters[name]?.string }

    /// Performs an operation with these members, and those of the body that only pass through.
    func perform(
        _ operation: String, _ members: [String: JSONValue], raw: [String: ByteBuffer] = [:],
        events: @escaping @Sendable (JSONValue) async throws -> Void = { _ in }
    ) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        var head = JSONValue.object(members).bytes
        head.removeLast()
        bytes.writeBytes(head)
        var isFirst = members.isEmpty
        for (name, value) in raw.sorted(by: { $0.key < $1.key }) {
            if !isFirst { bytes.writeStaticString(",") }
            isFirst = false
            bytes.writeBytes(JSONValue.string(name).bytes)
            bytes.writeStaticString(":")
            bytes.writeImmutableBuffer(value)
        }
        bytes.writeStaticString("}")
        return try await port.perform(
            Operation(operation, bytes, by: requester, request: id, precondition: precondition), events: events)
    }

    /// As above, read.
    func value(_ operation: String, _ members: [String: JSONValue]) async throws -> JSONValue {
        let bytes = try await perform(operation, members)
        return try JSONValue.parse(Array(bytes.readableBytesView), as: operation)
    }

    /// Everything that the request says, by the names of the control socket.
    func everything(tenant: Bool) throws(Problem) -> [String: JSONValue] {
        var members = parameters.merging(self.members) { $1 }
        if tenant { members["tenant"] = .string(try self.tenant().rawValue) }
        return members
    }

    /// Receives the body as a document of the requester's: its handle and its digest.
    func receive(named name: String, for tenant: TenantID) async throws -> (handle: String, sha256: String) {
        let handle = try await told("document/begin", of: tenant) { () throws(Problem) in
            try await port.beginDocument(name, size: ByteSize(bytes: length), for: tenant, requester)
        }
        try await pass { bytes in try await port.appendDocument(bytes, to: handle, requester) }
        return (handle, try await port.finishDocument(handle, requester))
    }

    /// Hands on the body as it comes, in parts that are worth a write.
    func pass(to write: ([UInt8]) async throws -> Void) async throws {
        var pending: [UInt8] = []
        for try await part in request.body {
            pending += part.readableBytesView
            guard pending.count >= Self.partSize else { continue }
            try await write(pending)
            pending = []
        }
        if !pending.isEmpty { try await write(pending) }
    }

    private static let partSize = 1 << 18
}

/// Names a version of something that may be edited: a digest of what is editable about it.
enum EntityTag {
    static func of(_ value: JSONValue) -> String {
        "\"" + BlobDigest(Array(SHA256.hash(data: value.bytes))).hexadecimal.prefix(32) + "\""
    }

    /// Whether a header's list of tags, or `*`, admits this one. Weak tags match nothing: RFC 9110 section 13.1.1.
    static func admits(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").contains { part in
            let part = part.trimming(while: { $0 == " " || $0 == "\t" })
            return part == "*" || part == tag
        }
    }
}

extension Substring {
    func trimming(while isBlank: (Character) -> Bool) -> Substring {
        var text = drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}
