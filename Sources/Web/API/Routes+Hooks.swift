import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let run = Access(.hooksRun, of: .tenant)

    static let hooks: [Route] = [
        .operation(
            .get, "/api/hooks", "hook/list", "The events of a tenant and the handlers that stand at each.",
            Access(.hooksRead, of: .tenant), reply: .json(.hookBoard), errors: [.notFound]),
        Route(
            .post, "/api/hooks/{name}/apply", "hook/apply",
            "Passes a value through the handlers of an event; the answer holds what they made of it.", .key(run),
            parameters: [.path("name", .string(length: 1...128), "The event")],
            body: .json(InputSchema(.hookValue, raw: ["value"])), reply: .json(.hookResult),
            errors: [.notFound, .quotaExceeded, .pluginFailed], example: ["value": ["title": "Minutes"]]
        ) { exchange in
            var members = exchange.members
            members["event"] = exchange.parameters["name"]
            return try await perform("hook/apply", exchange, members)
        },
        Route(
            .post, "/api/events", "event/emit",
            "Tells an event of the host application to the plugins of a tenant: document.…, workflow.… or sync.….", .key(run),
            body: .json(InputSchema(.event, raw: ["value"])), reply: .json(.hookResult),
            errors: [.notFound, .quotaExceeded, .pluginFailed],
            example: ["event": "document.received", "document": "doc-7c9e6679f3b7a2d4"]
        ) { exchange in try await perform("event/emit", exchange, exchange.members) },
    ]

    private static func perform(
        _ operation: String, _ exchange: Exchange, _ members: [String: JSONValue]
    ) async throws -> Answer {
        let tenant = try exchange.tenant().rawValue
        return .json(
            try await exchange.perform(operation, members.merging(["tenant": .string(tenant)]) { $1 }, raw: exchange.raw))
    }
}
