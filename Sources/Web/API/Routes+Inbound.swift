import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let place: [Parameter] = [
        .path("workflow", .label(), "The workflow"), .path("trigger", .label(), "Its trigger, a node of kind webhook"),
    ]
    private static let receipt = Route.Reply(
        status: .accepted, content: .json(.messageReceipt),
        others: [
            (.ok, "The run's output, where the trigger answers with it and the run ended in time"),
            (.badGateway, "The run that the message began failed"), (.tooManyRequests, "Too many messages"),
        ])

    /// Where other services send what workflows wait for. What proves a message is the trigger's affair, not a key.
    static let inbound: [Route] = [
        Route(
            .post, "/in/{tenant}/{workflow}/{trigger}", "workflow/receive",
            "Begins a run with a message of another service. It is on disk when this answers.", .everybody,
            parameters: [.path("tenant", .label(), "The tenant")] + place, body: .message, reply: receipt,
            errors: [.notFound, .conflict, .retryLater], isLenient: true
        ) { exchange in try await exchange.receive() },
        Route(
            .post, "/in/{workflow}/{trigger}", "workflow/receive-at-host", "The same, at a host of the tenant's own.", .everybody,
            parameters: place, body: .message, reply: receipt, errors: [.notFound, .conflict, .retryLater],
            isLenient: true
        ) { exchange in try await exchange.receive() },
    ]
}
