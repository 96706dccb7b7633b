import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

extension Routes {
    private static let read = Access(.tenantsRead, of: .tenant)
    private static let operate = Access(.tenantsWrite, of: .daemon)
    private static let id = Parameter.path("id", .label(), "The tenant")

    /// What it uses changes by itself.
    private static let editing = Editing.shown(by: "tenant/show", ["id"], isOfTenant: false) { $0.only("id", "name", "quota") }
    /// The routes of quotas show a part of the tenant.
    private static let quotaEditing = Editing(
        current: { EntityTag.of(try await quota($0, $0.parameters["id"] ?? .null)) },
        told: EntityTag.of)

    static let tenants: [Route] = [
        Route(
            .get, "/api/tenants", "tenant/list", "The tenants, by name.", .key(Access(.tenantsRead, of: .daemon)),
            parameters: Page.parameters, reply: .json(Page.schema("tenants", of: .tenant))
        ) { exchange in
            let page = try Page(exchange)
            return page.answer("tenants", try await exchange.value("tenant/list", page.members), exchange)
        },
        Route(
            .post, "/api/tenants", "tenant/create", "Creates a tenant. What is left out of its quota is the daemon's default.",
            .key(operate), body: .json(InputSchema(.tenantWish)), reply: .json(.tenant, .created), errors: [.conflict],
            example: ["id": "acme", "name": "Acme Ltd", "memory": 1_073_741_824]
        ) { exchange in
            var answer = Answer.json(try await exchange.perform("tenant/create", exchange.members), .created)
            answer.headers[.location] = "/api/tenants/\(exchange.members["id"]?.string ?? "")"
            return answer
        },
        Route(
            .get, "/api/tenants/{id}", "tenant/show", "A tenant, its quota, and what it uses of it.", .key(read),
            parameters: [id], reply: .json(.tenant), errors: [.notFound], editing: editing
        ) { exchange in .json(try await exchange.perform("tenant/show", ["id": try own(exchange)])) },
        Route(
            .delete, "/api/tenants/{id}", "tenant/delete", "Deletes a tenant and everything that belongs to it.", .key(operate),
            parameters: [id], reply: .nothing, errors: [.notFound, .conflict], editing: editing
        ) { exchange in
            _ = try await exchange.perform("tenant/delete", ["id": exchange.parameters["id"] ?? .null])
            return .nothing
        },
        Route(
            .get, "/api/tenants/{id}/quota", "tenant/quota/show", "What a tenant may use.", .key(read), parameters: [id],
            reply: .json(.quota), errors: [.notFound], editing: quotaEditing
        ) { exchange in .json(try await quota(exchange, try own(exchange))) },
        Route(
            .patch, "/api/tenants/{id}/quota", "tenant/quota",
            "Changes what a tenant may use; what is left out stays. It holds at once for what runs.", .key(operate),
            parameters: [id], body: .json(InputSchema(.quotaChange)), reply: .json(.quota), errors: [.notFound, .conflict],
            example: ["memory": 2_147_483_648, "cpu": 1.5], editing: quotaEditing
        ) { exchange in
            let id = exchange.parameters["id"] ?? .null
            let tenant = try await exchange.value("tenant/quota", exchange.members.merging(["id": id]) { $1 })
            return .json(tenant["quota"] ?? .null)
        },
    ]

    /// The tenant of the path; one who is bound to another is told so, whether it exists or not.
    static func own(_ exchange: Exchange) throws(Problem) -> JSONValue {
        let id = exchange.text("id") ?? ""
        try exchange.requester.principal.check(read, on: TenantID(rawValue: id))
        return .string(id)
    }

    private static func quota(_ exchange: Exchange, _ id: JSONValue) async throws -> JSONValue {
        try await exchange.value("tenant/show", ["id": id])["quota"] ?? .null
    }
}
