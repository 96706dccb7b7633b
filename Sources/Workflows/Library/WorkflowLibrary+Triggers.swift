import GRDB
package import Model
import Store

/// What starts runs of a tenant's active workflows, but for people.
package struct TriggerList: Sendable {
    package struct Entry: Sendable {
        package let workflow: WorkflowID
        /// The trigger; nil for the one by which people start it.
        package let node: NodeID?
        package let filter: Template?
        /// What the workflow's expressions read as `$vars`.
        package var variables: JSONValue = [:]
    }

    var byEvent: [String: [Entry]] = [:]
    var byEnd: [WorkflowID: [(on: NodeKind.RunEnd, entry: Entry)]] = [:]
    var webhooks: [WebhookPlace: (trigger: WebhookTrigger, variables: JSONValue)] = [:]
    /// What runs when a run of the workflow fails; of inactive ones, too.
    var handlers: [WorkflowID: WorkflowID] = [:]

    init(_ workflows: [Workflow]) {
        for workflow in workflows where workflow.status == .active {
            for id in workflow.triggers {
                guard case .trigger(let trigger)? = workflow.nodes.first(where: { $0.id == id })?.kind else { continue }
                switch trigger {
                case .manual, .cron, .poll: break
                case .webhook(let webhook):
                    webhooks[WebhookPlace(workflow.id, id)] = (webhook, workflow.settings.variables)
                case .event(let name, let filter):
                    byEvent[name, default: []].append(
                        Entry(workflow: workflow.id, node: id, filter: filter, variables: workflow.settings.variables))
                case .workflow(let other, let end):
                    byEnd[other, default: []].append((end, Entry(workflow: workflow.id, node: id, filter: nil)))
                }
            }
        }
        for workflow in workflows {
            if let handler = workflow.settings.errorHandler { handlers[workflow.id] = handler }
        }
    }
}

extension TriggerList {
    /// What starts when a run has ended: nothing behind one of one node, which is no end of the workflow.
    func followers(of run: Run) -> [Entry] {
        guard run.node == nil, run.state == .succeeded || run.state == .failed else { return [] }
        let end: NodeKind.RunEnd = run.state == .failed ? .failed : .finished
        let handler = run.state == .failed ? handlers[run.workflow] : nil
        return (byEnd[run.workflow] ?? []).filter { $0.on == end }.map(\.entry)
            + (handler.map { [Entry(workflow: $0, node: nil, filter: nil)] } ?? [])
    }
}

extension WorkflowLibrary {
    /// Everything published that a tenant has, each in the version in force.
    package func inForce(of tenant: TenantID) async throws(Problem) -> [Workflow] {
        let ids = try await store.tenant(tenant).read { database in
            try WorkflowRecord.withVersion(database)
        }
        var workflows: [Workflow] = []
        for id in ids { workflows.append(try await published(id, of: tenant).workflow) }
        return workflows
    }
}

extension WorkflowRecord {
    fileprivate static func withVersion(_ database: Database) throws -> [WorkflowID] {
        try String.fetchAll(database, sql: "SELECT id FROM workflow WHERE version IS NOT NULL ORDER BY id LIMIT ?", arguments: [most])
            .compactMap(WorkflowID.init(rawValue:))
    }
}
