import GRDB
import Model

/// Which workflows a workflow's runs start, and by whose runs it is started: what must exist for it, and must not lead
/// back to where it began.
struct WorkflowStarts: Sendable {
    /// A mention of another workflow.
    private struct Mention: Sendable {
        let place: JSONPointer
        let node: String?
        let workflow: WorkflowID
        /// Whether it is run, and not only listened to.
        let isRun: Bool
    }

    let id: WorkflowID
    private let mentions: [Mention]

    init(_ workflow: Workflow) {
        id = workflow.id
        var mentions: [Mention] = []
        for (index, node) in workflow.nodes.enumerated() {
            let place = JSONPointer().appending("nodes").appending(index).appending("config").appending("workflow")
            switch node.kind {
            case .action(.workflow(let other)):
                mentions.append(Mention(place: place, node: node.id.rawValue, workflow: other, isRun: true))
            case .trigger(.workflow(let other, _)):
                mentions.append(Mention(place: place, node: node.id.rawValue, workflow: other, isRun: false))
            default: break
            }
        }
        if let handler = workflow.settings.errorHandler {
            let place = JSONPointer().appending("settings").appending("errorHandler")
            mentions.append(Mention(place: place, node: nil, workflow: handler, isRun: true))
        }
        self.mentions = mentions
    }

    /// Whose run starts whose.
    private var edges: [(source: WorkflowID, target: WorkflowID)] {
        mentions.map { $0.isRun ? (id, $0.workflow) : ($0.workflow, id) }
    }

    /// What is missing; with `circles`, also where one of its runs would end in starting it again.
    func findings(_ database: Database, circles: Bool) throws -> [WorkflowFinding] {
        var findings: [WorkflowFinding] = []
        var suggestions = Suggestions(try String.fetchAll(database, sql: "SELECT id FROM workflow ORDER BY id"))
        for mention in mentions.prefix(WorkflowFindings.limit) {
            func report(_ message: String, _ hint: String?) {
                findings.append(WorkflowFinding(mention.place, node: mention.node, message, hint: hint))
            }
            if mention.workflow == id {
                report("a workflow must not start itself", "repeat with a node of type loop")
            } else if let known = try WorkflowRecord.known(mention.workflow, database) {
                if mention.isRun, known.version == nil {
                    report("workflow \(known.id) was never published", "publish it first: cloister workflow publish \(known.id)")
                }
            } else {
                report("workflow not found: \(mention.workflow)", suggestions.near(mention.workflow.rawValue))
            }
        }
        guard circles, findings.isEmpty, let circle = try circle(database) else { return findings }
        let names = circle.map(\.rawValue).joined(separator: " starts ")
        return [
            WorkflowFinding(
                JSONPointer(), "its runs would start it again for ever: \(names)", hint: "take one of these out of the circle")
        ]
    }

    /// The way from it back to itself, through what is published.
    private func circle(_ database: Database) throws -> [WorkflowID]? {
        var outgoing: [WorkflowID: Set<WorkflowID>] = [:]
        for (source, target) in edges { outgoing[source, default: []].insert(target) }
        // What it says of itself takes the place of what it said before.
        let statement = try database.cachedStatement(
            sql: "SELECT target FROM workflowStart WHERE source = ? AND workflow IS NOT ?")
        var before: [WorkflowID: WorkflowID] = [:]
        var open = [id]
        while let next = open.popLast() {
            let stored = try String.fetchAll(statement, arguments: [next.rawValue, id.rawValue])
            let targets = Set(stored.compactMap(WorkflowID.init(rawValue:))).union(outgoing[next] ?? [])
            for target in targets.sorted() {
                if target == id {
                    var way = [id, next]
                    while let earlier = way.last.flatMap({ before[$0] }) { way.append(earlier) }
                    return next == id ? [id, id] : way.reversed()
                }
                if before[target] == nil {
                    before[target] = next
                    open.append(target)
                }
            }
        }
        return nil
    }

    /// Takes the place of what the workflow said before.
    func store(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM workflowStart WHERE workflow = ?", arguments: [id.rawValue])
        let statement = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO workflowStart (workflow, source, target) VALUES (?, ?, ?)")
        for (source, target) in edges {
            try statement.execute(arguments: [id.rawValue, source.rawValue, target.rawValue])
        }
    }
}
