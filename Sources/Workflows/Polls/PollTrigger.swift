package import Model

/// A trigger that asks a tool of a plugin again and again what there is, and begins a run for each item that it did not know.
package struct PollTrigger: Sendable, Hashable {
    /// What becomes of the items that are there at first.
    package enum First: String, Sendable, CaseIterable {
        /// They are remembered, and begin nothing.
        case now
        case all
    }

    package var plugin: PluginID
    package var tool: String
    package var pace: PollPace
    /// What the tool gets; `.cursor` is what the last poll left, null at first.
    package var input: Template
    /// Where the items are in what the tool gives.
    package var items: Template
    /// What makes an item the same as another, of an item.
    package var id: Template
    /// Where the next poll begins, of what the tool gives.
    package var cursor: Template?
    package var first = First.now
    /// Runs that one poll begins.
    package var limit = 100

    package static let range = 1...500

    var templates: [Template] { [input, items, id] + (cursor.map { [$0] } ?? []) }
}

extension PollTrigger {
    /// Nil where something is missing that it cannot do without. What is wrong is in the reader.
    init?(reading reader: inout DefinitionReader) {
        let plugin = reader.identifier("plugin", PluginID.self)
        let tool = reader.requiredLine("tool", limit: 128)
        let pace = PollPace(reading: &reader)
        let id = reader.requiredProgram("id")
        let input = reader.template("input") ?? Template(program: "{cursor: .cursor}")
        let items = reader.program("items") ?? Template(program: ".")
        let cursor = reader.program("cursor")
        let first = reader.choice("first", First.self) ?? .now
        let limit = reader.integer("limit", in: Self.range) ?? 100
        guard let plugin, let tool, let pace, let id else { return nil }
        self.init(
            plugin: plugin, tool: tool, pace: pace, input: input, items: items, id: id, cursor: cursor, first: first, limit: limit)
    }
}

extension Workflow {
    /// Those of its triggers that ask, with their nodes.
    var polls: [(node: NodeID, poll: PollTrigger, source: String)] {
        triggers.compactMap { id in
            guard case .trigger(.poll(let poll))? = nodes.first(where: { $0.id == id })?.kind else { return nil }
            let config = source["nodes"]?.array?.first { $0["id"]?.string == id.rawValue }?["config"]
            let parts = ["plugin", "tool", "id", "cursor"].map { config?[$0]?.compactText ?? "null" }
            return (id, poll, StepIdentity.digest(parts))
        }
    }
}
