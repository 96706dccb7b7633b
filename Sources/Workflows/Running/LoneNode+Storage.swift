import GRDB
import Model
import Store

extension LoneNode {
    func store(of run: RunID, in database: Database) throws {
        // As texts: a number keeps the digits that it was written with.
        let outputs = JSONValue.object(Dictionary(uniqueKeysWithValues: nodes.map { ($0.key.rawValue, .string($0.value.text)) }))
        try database.run(
            #"INSERT INTO workflowLoneNode (run, arrived, nodes, item, "index", source, draft) VALUES (?, ?, ?, ?, ?, ?, ?)"#,
            [run.rawValue, arrived.text, outputs.compactText, item?.text, index, source?.rawValue, draft?.compactText])
    }

    /// What a run of one node is given; nil for every other run. Throws where the one is there without the other.
    static func find(of run: Run, in database: Database) throws -> LoneNode? {
        guard let node = run.node else { return nil }
        let row = try Row.fetchOne(database, sql: "SELECT * FROM workflowLoneNode WHERE run = ?", arguments: [run.id.rawValue])
        guard let row, let outputs = try JSONValue.parse(row["nodes"] as String).object else { throw Problem.damagedRun }
        var lone = LoneNode(node, arrived: .inline(row["arrived"]))
        for (name, output) in outputs {
            guard let id = NodeID(rawValue: name), let text = output.string else { throw Problem.damagedRun }
            lone.nodes[id] = .inline(text)
        }
        lone.item = (row["item"] as String?).map(Payload.inline)
        if row["index"] as Int64? != nil { lone.index = try row.count("index") }
        lone.source = (row["source"] as String?).flatMap(RunID.init(rawValue:))
        lone.draft = try (row["draft"] as String?).map { text in try JSONValue.parse(text) }
        return lone
    }
}
