import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let readWebhooks = Access(.webhooksRead, of: .tenant)
    private static let writeWebhooks = Access(.webhooksWrite, of: .tenant)
    private static let webhook = Parameter.path("webhook", .label(), "The webhook")

    /// Since when nobody answers there changes by itself.
    private static let editing = Editing.shown(by: "webhook/show", ["webhook"]) {
        $0.only("id", "url", "kinds", "enabled", "reason", "created", "earlierSecretUntil")
    }

    static let webhooks: [Route] = [
        Route(
            .get, "/api/webhooks", "webhook/list", "The addresses that the tenant's notices are sent to.", .key(readWebhooks),
            parameters: Page.parameters, reply: .json(Page.schema("webhooks", of: .webhook)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            let list = try await exchange.value("webhook/list", ["tenant": .string(exchange.tenant().rawValue)])
            return page.answer("webhooks", list["webhooks"]?.array ?? [], exchange) {
                "\($0["created"]?.string ?? "") \($0["id"]?.string ?? "")"
            }
        },
        Route(
            .post, "/api/webhooks", "webhook/create", "Makes a webhook. The answer alone holds its secret.", .key(writeWebhooks),
            body: .json(InputSchema(.webhookWish)), reply: .json(.newWebhook, .created), errors: [.notFound, .quotaExceeded],
            example: ["url": "https://hooks.example.com/cloister", "kinds": ["plugin.failed", "quota.reached"]], isConfidential: true
        ) { exchange in
            .json(try await exchange.perform("webhook/create", exchange.everything(tenant: true)), .created)
        },
        .operation(
            .get, "/api/webhooks/{webhook}", "webhook/show", "A webhook, without its secret.", readWebhooks,
            parameters: [webhook], reply: .json(.webhook), errors: [.notFound], editing: editing),
        .operation(
            .patch, "/api/webhooks/{webhook}", "webhook/set", "Chooses other kinds, disables a webhook or enables it again.",
            writeWebhooks, parameters: [webhook], body: .json(InputSchema(.webhookChange)), reply: .json(.webhook),
            errors: [.notFound], example: ["enabled": true], editing: editing),
        .operation(
            .delete, "/api/webhooks/{webhook}", "webhook/delete", "Removes a webhook with its deliveries.", writeWebhooks,
            parameters: [webhook], reply: .nothing, errors: [.notFound], editing: editing),
        Route(
            .post, "/api/webhooks/{webhook}/secret", "webhook/rotate",
            "Gives a webhook another secret; for a day messages are signed with both. The answer alone holds it.",
            .key(writeWebhooks), parameters: [webhook], reply: .json(.newWebhook), errors: [.notFound], isConfidential: true
        ) { exchange in .json(try await exchange.perform("webhook/rotate", exchange.everything(tenant: true))) },
        .operation(
            .post, "/api/webhooks/{webhook}/test", "webhook/test", "Sends a message that says nothing.", writeWebhooks,
            parameters: [webhook], reply: .json(.delivery, .accepted), errors: [.notFound, .conflict]),
        Route(
            .get, "/api/webhooks/{webhook}/deliveries", "webhook/deliveries", "Messages to a webhook, the newest first.",
            .key(readWebhooks),
            parameters: [
                webhook, .query("state", .choice(Delivery.State.allCases.map(\.rawValue)), "Those in this state"),
            ] + Page.parameters,
            reply: .json(Page.schema("deliveries", of: .delivery)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            var members = try exchange.everything(tenant: true)
            members["limit"] = JSONValue(page.limit)
            members["cursor"] = try page.number.map { .integer($0) }
            let list = try await exchange.value("webhook/deliveries", members)
            return page.answer(
                "deliveries", list["deliveries"]?.array ?? [], exchange, next: list["cursor"]?.integer.map { String($0) })
        },
        .operation(
            .post, "/api/webhooks/{webhook}/replay", "webhook/replay",
            "Sends a message again, or those that failed since a moment, under the same webhook-id.", writeWebhooks,
            parameters: [webhook], body: .json(InputSchema(.replayWish)), reply: .json(.replayed), errors: [.notFound, .conflict],
            example: ["since": "2026-11-23T00:00:00Z"]),
    ]
}
