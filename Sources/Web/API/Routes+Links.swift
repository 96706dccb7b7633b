import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

extension Routes {
    private static let read = Access(.workflowsRead, of: .tenant)
    private static let write = Access(.workflowsWrite, of: .tenant)
    private static let workflow = Parameter.path("workflow", .label(), "The workflow")

    /// The first segment of every path by which a link opens something.
    static let linkPlace = "share"

    /// Versions of workflows for those who have no key.
    static let links: [Route] = [
        Route(
            .post, "/api/workflows/{workflow}/links", "workflow/share",
            "Opens a version to whoever has the link. The answer alone holds its path.", .key(write), parameters: [workflow],
            body: .json(InputSchema(.shareWish, isRequired: false)), reply: .json(.newWorkflowLink, .created),
            errors: [.notFound, .conflict], example: ["version": 3, "expires": "7d"], isConfidential: true
        ) { exchange in .json(try await exchange.perform("workflow/share", exchange.everything(tenant: true)), .created) },
        Route(
            .get, "/api/workflows/{workflow}/links", "workflow/links", "The links that still open something, the oldest first.",
            .key(read), parameters: [workflow] + Page.parameters, reply: .json(Page.schema("links", of: .workflowLink)),
            errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            let members: [String: JSONValue] = [
                "tenant": .string(try exchange.tenant().rawValue), "workflow": exchange.parameters["workflow"] ?? .null,
            ]
            let list = try await exchange.value("workflow/links", members)
            return page.answer("links", list["links"]?.array ?? [], exchange) {
                "\($0["created"]?.string ?? "") \($0["id"]?.string ?? "")"
            }
        },
        .operation(
            .delete, "/api/workflows/{workflow}/links/{link}", "workflow/unshare",
            "Revokes a link: it opens nothing any more.", write,
            parameters: [workflow, .path("link", .label(), "The link")], reply: .nothing, errors: [.notFound]),
        shared(
            "/share/{tenant}/{token}", "workflow/shared", "The version of a workflow that a link opens, without what looks like a secret.",
            [.path("tenant", .label(), "The tenant")]),
        shared("/share/{token}", "workflow/shared-at-host", "The same, at a host of the tenant's own.", []),
    ]

    private static func shared(
        _ path: PathTemplate, _ operation: String, _ summary: String, _ parameters: [Parameter]
    ) -> Route {
        Route(
            .get, path, operation, summary, .everybody,
            // Whatever the text is, it is looked up: one that cannot be a token must not be another refusal.
            parameters: parameters + [
                .path("token", .string(), "What opens it"),
                .query("format", .choice(SharedWorkflow.Format.allCases.map(\.rawValue)), "json, or what Accept asks for: browsers see a page"),
            ],
            reply: Route.Reply(
                status: .ok, content: .json(.anyObject("The definition, as workflow/import takes it")),
                others: [(.tooManyRequests, "Too many requests")]),
            errors: [.notFound, .retryLater], isLenient: true, hasSecretPath: true
        ) { exchange in try await exchange.openLink() }
    }
}
