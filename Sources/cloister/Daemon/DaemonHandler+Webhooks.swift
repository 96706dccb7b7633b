import Model
import Plugins
import Store
import Workflows

extension DaemonHandler {
    /// Where messages begin runs of a workflow, and whether they do now.
    func webhooks(of record: WorkflowRecord, in tenant: TenantID) async throws(Problem) -> [JSONValue] {
        let webhooks = try await daemon.workflows.webhooks(of: record.id, in: tenant)
        guard !webhooks.isEmpty else { return [] }
        let secrets = Set(try await daemon.host.secrets.list(in: try await daemon.store.tenant(tenant)).map(\.name))
        return webhooks.map { node, webhook in
            let isLacking = webhook.proof.map { !secrets.contains($0.secretName) } ?? false
            let state = record.status != .active ? "inactive" : isLacking ? "secretMissing" : "ready"
            return [
                "node": .string(node.rawValue), "path": .string("/in/\(tenant)/\(record.id)/\(node)"),
                "signature": .string(webhook.proof?.scheme.name.rawValue ?? "none"), "secretName": JSONValue(webhook.proof?.secretName),
                "reply": .string(webhook.reply.rawValue), "state": .string(state),
            ]
        }
    }
}
