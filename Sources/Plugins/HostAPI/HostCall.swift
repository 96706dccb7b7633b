import Model
import NIOCore
import Wire

/// One request of a plugin, read strictly from its parameters. Values that only pass through stay the bytes that came.
enum HostCall: Sendable {
    case storageGet(key: String)
    case storagePut(key: String, value: ByteBuffer)
    case storageDelete(key: String)
    case storageList(prefix: String, cursor: String?, limit: Int)
    /// `call` is the host's request during which the document is needed.
    case documentOpen(DocumentID, call: MessageID?)
    case documentInfo(DocumentID)
    case documentCreate(path: String, name: String, mediaType: String?)
    case documentDelete(DocumentID)
    case secretGet(name: String)
    /// `run` is the hook run during which the event is raised.
    case eventEmit(event: String, value: ByteBuffer, run: String?)
    case connectionCall(connection: String, action: String, input: ByteBuffer)

    static let methods = [
        "storage/get", "storage/put", "storage/delete", "storage/list", "document/open", "document/info",
        "document/create", "document/delete", "secret/get", "event/emit", "connection/call",
    ]

    /// Reads a request; `unsupported` for a method that is none, `invalidInput` with the place of what is wrong.
    init(_ method: String, _ parameters: ByteBuffer?) throws(Problem) {
        guard Self.methods.contains(method) else {
            throw Problem(
                .unsupported, "unknown method: \(method.prefix(80).debugDescription)",
                hint: Self.methods.nearest(to: method).map { "did you mean \($0)?" }
                    ?? "cloister/1 names what a plugin may ask of the host")
        }
        let split = try MemberSplit(parameters, raw: Self.rawMembers(of: method))
        var members = try JSONObjectReader(.object(split.values))
        func raw(_ name: String) throws(Problem) -> ByteBuffer {
            guard let bytes = split.raw[name] else { throw Problem(.invalidInput, "/\(name): missing") }
            return bytes
        }
        func optional(_ name: String) -> ByteBuffer { split.raw[name] ?? ByteBuffer(string: "null") }
        switch method {
        case "storage/get": self = .storageGet(key: try members.key("key"))
        case "storage/put": self = .storagePut(key: try members.key("key"), value: try raw("value"))
        case "storage/delete": self = .storageDelete(key: try members.key("key"))
        case "storage/list":
            let prefix = try members.optionalString("prefix") ?? ""
            let cursor = try members.optionalString("cursor")
            for text in [prefix, cursor ?? ""] where text.utf8.count > PluginStorage.keyLimit {
                throw Problem(.invalidInput, "/prefix: longer than \(PluginStorage.keyLimit) bytes")
            }
            let limit = try members.optionalInteger("limit") ?? 100
            guard (1...Int64(PluginStorage.pageLimit)).contains(limit) else {
                throw Problem(.invalidInput, "/limit: out of range: \(limit)", hint: "1 to \(PluginStorage.pageLimit)")
            }
            self = .storageList(prefix: prefix, cursor: cursor, limit: Int(limit))
        case "document/open":
            self = .documentOpen(try members.document(), call: try members.messageID("call"))
        case "document/info": self = .documentInfo(try members.document())
        case "document/create":
            let path = try members.string("path")
            self = .documentCreate(
                path: path, name: try members.string("name"), mediaType: try members.optionalString("mediaType"))
        case "document/delete": self = .documentDelete(try members.document())
        case "secret/get": self = .secretGet(name: try members.name("name"))
        case "event/emit":
            self = .eventEmit(
                event: try members.name("event"), value: optional("value"), run: try members.optionalString("run"))
        default:
            self = .connectionCall(
                connection: try members.name("connection"), action: try members.name("action"), input: optional("input"))
        }
        try members.finish()
    }

    private static func rawMembers(of method: String) -> Set<String> {
        switch method {
        case "storage/put", "event/emit": ["value"]
        case "connection/call": ["input"]
        default: []
        }
    }
}

extension JSONObjectReader {
    /// A key of the storage: 1 to 512 bytes without control characters.
    fileprivate mutating func key(_ name: String) throws(Problem) -> String {
        try line(name, limit: PluginStorage.keyLimit)
    }

    /// The name of something of the tenant's: it stands in refusals, which are logged, and in counts.
    fileprivate mutating func name(_ name: String) throws(Problem) -> String { try line(name, limit: 128) }

    private mutating func line(_ name: String, limit: Int) throws(Problem) -> String {
        let text = try string(name)
        let isPlain = text.unicodeScalars.allSatisfy { !$0.isControl }
        guard (1...limit).contains(text.utf8.count), isPlain else {
            throw Problem(.invalidInput, "/\(name): expected 1 to \(limit) bytes without control characters")
        }
        return text
    }

    fileprivate mutating func document() throws(Problem) -> DocumentID {
        let text = try string("document")
        guard let id = DocumentID(rawValue: text) else {
            throw Problem(.notFound, "document not found: \(text.prefix(80).debugDescription)")
        }
        return id
    }

    fileprivate mutating func messageID(_ name: String) throws(Problem) -> MessageID? {
        switch take(name) {
        case nil: return nil
        case .integer(let number): return .integer(number)
        case .string(let text): return .string(text)
        case let value?: throw Problem(.invalidInput, "/\(name): expected string or integer, found \(value.kind)")
        }
    }
}
