import Model
import NIOCore
import Supervisor
import Wire

/// The messages of MCP that the host sends, and what it reads in those it gets. The parts that never change are made once.
struct MCPVocabulary: Sendable {
    let discover: DialectMessage
    let initialize: DialectMessage
    let subscribe: DialectMessage
    private let modernMeta: JSONValue
    /// The members of `_meta` of a modern call, without their braces.
    private let modernCallMeta: ByteBuffer

    init(hostVersion: String) {
        let host: JSONValue = ["name": "cloister", "version": .string(hostVersion)]
        let meta: [String: JSONValue] = [
            "io.modelcontextprotocol/protocolVersion": .string(MCPEra.modernVersion),
            // No user, no model and no files of a workspace stand behind this host.
            "io.modelcontextprotocol/clientCapabilities": [:],
            "io.modelcontextprotocol/clientInfo": host,
        ]
        modernMeta = .object(meta)
        discover = DialectMessage("server/discover", ["_meta": modernMeta])
        subscribe = DialectMessage(
            "subscriptions/listen", ["_meta": modernMeta, "notifications": ["toolsListChanged": true]])
        initialize = DialectMessage(
            "initialize",
            ["protocolVersion": .string(MCPEra.legacyVersions[0]), "capabilities": [:], "clientInfo": host])
        // Without a level a modern server must not log.
        let callMeta = meta.merging(["io.modelcontextprotocol/logLevel": "info"]) { $1 }
        modernCallMeta = ByteBuffer(bytes: JSONValue.object(callMeta).bytes.dropFirst().dropLast())
    }

    func list(_ era: MCPEra, cursor: String?) -> DialectMessage {
        var parameters: [String: JSONValue] = [:]
        if let cursor { parameters["cursor"] = .string(cursor) }
        if era == .modern { parameters["_meta"] = modernMeta }
        return DialectMessage("tools/list", .object(parameters))
    }

    /// `tools/call` from the parameters of a `tool/call`; the arguments go out as they came. The call's identifier is its
    /// progress token too.
    func call(_ parameters: ByteBuffer, as id: MessageID, _ era: MCPEra) throws(Problem) -> DialectMessage {
        let members = JSONMembers(parameters, ["name", "input"])
        guard let name = members["name"], case .integer(let token) = id else {
            throw Problem(.internalFault, "a tool call without a name")
        }
        var buffer = ByteBufferAllocator().buffer(capacity: parameters.readableBytes + modernCallMeta.readableBytes + 96)
        buffer.writeStaticString(#"{"_meta":{"progressToken":"#)
        buffer.writeString(String(token))
        if era == .modern {
            buffer.writeStaticString(",")
            buffer.writeImmutableBuffer(modernCallMeta)
        }
        buffer.writeStaticString(#"},"arguments":"#)
        if let input = members["input"] { buffer.writeImmutableBuffer(input) } else { buffer.writeStaticString("{}") }
        buffer.writeStaticString(#","name":"#)
        buffer.writeImmutableBuffer(name)
        buffer.writeStaticString("}")
        return DialectMessage("tools/call", buffer)
    }
}

extension MCPVocabulary {
    /// The revisions that the answer to `server/discover` names; none for anything that is no such answer.
    static func supportedVersions(_ answer: ByteBuffer) -> [String] {
        let versions = JSONMembers(answer, ["supportedVersions"]).value("supportedVersions")?.array ?? []
        return versions.prefix(32).compactMap { $0.string.map { OutputTail.printable($0.utf8.prefix(40)) } }
    }

    /// The revision that the answer to `initialize` names.
    static func agreedVersion(_ answer: ByteBuffer) -> String? {
        JSONMembers(answer, ["protocolVersion"]).value("protocolVersion")?.string.map {
            OutputTail.printable($0.utf8.prefix(40))
        }
    }

    static func progress(_ parameters: ByteBuffer?) -> Progress? {
        guard let parameters, parameters.readableBytes <= 64 << 10,
            let id = MessageID(member: "progressToken", of: parameters)
        else { return nil }
        let members = JSONMembers(parameters, ["progress", "total", "message"])
        return Progress(
            id: id, done: members.value("progress")?.number, total: members.value("total")?.number,
            message: members.value("message")?.string, mustRise: true)
    }

    /// `{level, logger, data}`. The levels are those of RFC 5424; the two above `critical` are it here.
    static func logRecord(_ parameters: ByteBuffer?) -> (level: String, text: String)? {
        guard let parameters else { return nil }
        let members = JSONMembers(parameters, ["level", "logger", "data"])
        let level = members.value("level")?.string ?? "info"
        let data = members.value("data").map { $0.string ?? $0.compactText } ?? "a record too large to be kept"
        let logger = members.value("logger")?.string.map { "\($0.prefix(80)): " } ?? ""
        return (["alert", "emergency"].contains(level) ? "critical" : level, logger + data)
    }
}
