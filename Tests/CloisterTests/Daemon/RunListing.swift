import Control
import Model

extension RunRequest {
    /// Runs as tests ask for them.
    static func list(
        _ tenant: TenantID, workflow: WorkflowID?, state: String?, needsPerson: Bool, cursor: String?, limit: Int
    ) -> RunRequest {
        var query = Query()
        (query.workflow, query.state, query.needsPerson) = (workflow, state, needsPerson)
        (query.cursor, query.limit) = (cursor, limit)
        return .list(tenant, query)
    }
}
