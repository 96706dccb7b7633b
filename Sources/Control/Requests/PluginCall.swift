package import Model
package import NIOCore

/// One call of a plugin's tool.
package struct PluginCall: Hashable, Sendable {
    package var reference: PluginReference
    package var tool: String
    /// The input as JSON text, exactly as the client wrote it; `{}` where it wrote none.
    package var input: ByteBuffer
    /// Uploaded documents by the property they fill; the empty name means the tool's first document property.
    package var documents: [String: DocumentHandle]
    /// Documents of the tenant by the property they fill, named like those. The plugin's grants must allow it to read them.
    package var stored: [String: DocumentID]
    /// How long the client wants to wait at most; the tool's own deadline holds where it is shorter.
    package var deadline: Duration?

    package init(
        _ reference: PluginReference, tool: String, input: ByteBuffer = ByteBuffer(string: "{}"),
        documents: [String: DocumentHandle] = [:], stored: [String: DocumentID] = [:], deadline: Duration? = nil
    ) {
        self.reference = reference
        self.tool = tool
        self.input = input
        self.documents = documents
        self.stored = stored
        self.deadline = deadline
    }

    static let longestDeadline = 24 * 3600 * 1000

    init(taking parameters: inout ControlParameters) throws(Problem) {
        reference = try parameters.reference()
        tool = try parameters.word("tool", limit: 128)
        input = parameters.takeRaw("input") ?? ByteBuffer(string: "{}")
        deadline = try parameters.optionalCount("deadlineMs", in: 1...Self.longestDeadline).map { .milliseconds($0) }
        documents = try Self.names("documents", &parameters) { (text) throws(Problem) in try DocumentHandle(text) }
        stored = try Self.names("stored", &parameters) { (text) throws(Problem) in try DocumentID(text) }
        if let property = stored.keys.sorted().first(where: { documents[$0] != nil }) {
            throw Problem(.invalidInput, "/stored/\(property): filled by an uploaded document already")
        }
    }

    private static func names<Name>(
        _ member: String, _ parameters: inout ControlParameters, _ read: (String) throws(Problem) -> Name
    ) throws(Problem) -> [String: Name] {
        guard let value = parameters.members.take(member) else { return [:] }
        guard let members = value.object else {
            throw Problem(.invalidInput, "/\(member): expected object, found \(value.kind)")
        }
        var names: [String: Name] = [:]
        for (property, name) in members {
            guard let text = name.string else {
                throw Problem(.invalidInput, "/\(member)/\(property): expected string, found \(name.kind)")
            }
            names[property] = try ControlParameters.located("\(member)/\(property)") { () throws(Problem) in try read(text) }
        }
        return names
    }

    func write(to buffer: inout ByteBuffer) {
        var members: [String: JSONValue] = [
            "tenant": .string(reference.tenant.rawValue), "plugin": .string(reference.plugin.rawValue),
            "tool": .string(tool),
        ]
        if !documents.isEmpty { members["documents"] = .object(documents.mapValues { .string($0.rawValue) }) }
        if !stored.isEmpty { members["stored"] = .object(stored.mapValues { .string($0.rawValue) }) }
        if let deadline { members["deadlineMs"] = .integer(deadline.milliseconds) }
        var head = JSONValue.object(members).bytes
        // The input goes in as it is: the closing brace moves behind it.
        head.removeLast()
        buffer.writeBytes(head)
        buffer.writeStaticString(#","input":"#)
        buffer.writeImmutableBuffer(input)
        buffer.writeStaticString("}")
    }
}
