import Control
import Model
import Store
import Tenancy
import Web
import Workflows

extension WebPort {
    func shared(by token: String, of tenant: TenantID) async throws(Problem) -> SharedWorkflow? {
        let daemon = handler.daemon
        try ControlMethod.workflowExport.check(in: daemon.state)
        guard let token = ShareToken(token), daemon.features.isOn(.workflows, for: tenant) else { return nil }
        let library = daemon.workflows
        let link: WorkflowLink?
        do throws(Problem) { link = try await library.link(openedBy: token, of: tenant) } catch {
            // No such tenant.
            guard error.code == .notFound else { throw error }
            return nil
        }
        guard let link else { return nil }
        return SharedWorkflow(
            link: link.id, workflow: link.workflow, version: link.version, expires: link.expires, uses: link.uses,
            isFirstOfHour: link.isUnused(inHourOf: Moment.now)
        ) { () async throws(Problem) in
            guard let export = try await library.shared(by: token, of: tenant) else { return nil }
            return SharedWorkflow.Content(definition: export.definition) { format in
                let writing: WorkflowText = format == .yaml ? .yaml : .json
                return writing.write(export.definition)
            }
        }
    }
}
