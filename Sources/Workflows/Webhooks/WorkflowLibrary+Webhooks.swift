package import Model

extension WorkflowLibrary {
    /// The webhooks of a workflow's version in force; none where none was published.
    package func webhooks(
        of id: WorkflowID, in tenant: TenantID
    ) async throws(Problem) -> [(node: NodeID, webhook: WebhookTrigger)] {
        let workflow: Workflow
        do throws(Problem) {
            workflow = try await published(id, of: tenant).workflow
        } catch {
            // Also one that can be read no more: its draft is shown all the same.
            guard error.code == .notFound || error.code == .invalidConfiguration else { throw error }
            return []
        }
        return workflow.triggers.compactMap { id in
            guard case .trigger(.webhook(let webhook))? = workflow.nodes.first(where: { $0.id == id })?.kind else { return nil }
            return (id, webhook)
        }
    }
}
