import Model
import Workflows

/// The connectors of this daemon: there are none.
struct NoConnectors: ConnectorPort {
    func perform(
        _ action: ConnectorAction, _ input: Payload, key: String, for tenant: TenantID
    ) async -> PlannerEvent.Outcome {
        .failure(
            StepError(
                StepError.noConnectorCode,
                "there is no connector \"\(action.connector)\" (call the service with a node of kind http, or with a tool of a plugin)"))
    }
}
