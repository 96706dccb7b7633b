import Model
import NIOCore

/// What an MCP server's list of tools is to Cloister: tools with names, words and schemas of its own.
struct MCPToolList: Sendable {
    static let limit = 1000
    private static let nameLimit = 1024
    private static let summaryLimit = 4000

    private(set) var tools: [Manifest.Tool] = []
    /// What was not taken as it came, for the plugin's log. Bounded.
    private(set) var notes: [String] = []
    private static let noteLimit = 20

    /// Reads the pages of a list. With `declared` tools only those are offered, with what the manifest says of them in
    /// place of what the server does. Takes time with the size of the list: not for an event loop.
    init(_ pages: [ByteBuffer], declared: [Manifest.Tool]) {
        let wanted = Dictionary(declared.map { ($0.name, $0) }) { first, _ in first }
        var names: Set<String> = []
        var surplus = 0
        for page in pages {
            for entry in Self.entries(page) {
                guard let name = entry["name"]?.string, name.utf8.count <= Self.nameLimit else {
                    note("a tool without a name, or with one of more than \(Self.nameLimit) bytes, is left out")
                    continue
                }
                let local = MCPToolName.local(name)
                guard declared.isEmpty || wanted[local] != nil else { continue }
                guard names.insert(local).inserted else {
                    note("tool \(local) is listed twice: the first counts")
                    continue
                }
                guard tools.count < Self.limit else {
                    surplus += 1
                    continue
                }
                tools.append(tool(entry, local, name, wanted[local]))
            }
        }
        if surplus > 0 {
            note("\(tools.count + surplus) tools are listed, the first \(Self.limit) are offered; "
                + "name those that are wanted under `tools` of the manifest")
        }
        let missing = declared.map(\.name).filter { !names.contains($0) }
        if !missing.isEmpty {
            note("the manifest names tools that the server does not list: \(missing.joined(separator: ", "))")
        }
    }

    func tool(_ name: String) -> Manifest.Tool? { tools.first { $0.name == name } }

    private mutating func tool(
        _ entry: JSONValue, _ local: String, _ name: String, _ declared: Manifest.Tool?
    ) -> Manifest.Tool {
        let words = entry["description"]?.string ?? entry["title"]?.string ?? ""
        var tool = Manifest.Tool(
            name: local, summary: String(words.unicodeScalars.prefix(Self.summaryLimit)),
            input: schema(entry["inputSchema"] ?? ["type": "object"], "input", of: local, whenBad: Self.anyObject),
            output: entry["outputSchema"].map { schema($0, "output", of: local, whenBad: .any) } ?? .any)
        if let declared {
            tool = Manifest.Tool(
                name: local, summary: declared.summary.isEmpty ? tool.summary : declared.summary,
                input: declared.input.acceptsEverything ? tool.input : declared.input,
                output: declared.output.acceptsEverything ? tool.output : declared.output)
        }
        tool.remoteName = name
        return tool
    }

    /// A schema that is beyond this host must not keep its tool from working: the server checks its input itself.
    private mutating func schema(
        _ source: JSONValue, _ what: String, of tool: String, whenBad: JSONSchema
    ) -> JSONSchema {
        do throws(SchemaFaults) {
            return try JSONSchema.compile(source, dialect: .foreign)
        } catch {
            let fault = error.faults.first.map { "\($0.pointer.place): \($0.message)" } ?? "unreadable"
            note("tool \(tool): its \(what) schema is not checked here: \(fault)")
            return whenBad
        }
    }

    private static let anyObject = (try? JSONSchema(["type": "object"])) ?? .any

    private static func entries(_ page: ByteBuffer) -> [JSONValue] {
        guard let text = JSONMembers(page, ["tools"])["tools"] else { return [] }
        return text.withUnsafeReadableBytes { try? JSONValue.parse($0) }?.array ?? []
    }

    private mutating func note(_ text: String) {
        if notes.count < Self.noteLimit { notes.append(text) }
        if notes.count == Self.noteLimit { notes[Self.noteLimit - 1] = "… and more of the kind" }
    }
}
