import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

extension Routes {
    private static let readAll = Access(.tenantsRead, of: .daemon)
    private static let readOwn = Access(.tenantsRead, of: .tenant)
    private static let operate = Access(.tenantsWrite, of: .daemon)
    private static let plan = Parameter.path("plan", .label(), "The plan")
    private static let id = Parameter.path("id", .label(), "The tenant")

    private static let editing = Editing.shown(by: "plan/show", ["plan"], isOfTenant: false)
    /// A plan sets its tenant's quota.
    private static let choosing = Editing.shown(by: "tenant/plan/show", ["id"], isOfTenant: false)

    static let plans: [Route] = terms + ofTenants

    private static let terms: [Route] = [
        Route(
            .get, "/api/plans", "plan/list", "The plans, by name.", .key(readAll), parameters: Page.parameters,
            reply: .json(Page.schema("plans", of: .plan))
        ) { exchange in
            let page = try Page(exchange)
            let list = try await exchange.value("plan/list", [:])["plans"]?.array ?? []
            return page.answer("plans", list, exchange) { $0["id"]?.string ?? "" }
        },
        Route(
            .get, "/api/plans/{plan}", "plan/show", "A plan.", .key(readAll), parameters: [plan], reply: .json(.plan),
            errors: [.notFound], editing: editing
        ) { exchange in .json(try await exchange.perform("plan/show", ["plan": exchange.parameters["plan"] ?? .null])) },
        Route(
            .put, "/api/plans/{plan}", "plan/set",
            "Makes a plan, or gives it other terms, which hold for the tenants that have it from the hour on.", .key(operate),
            parameters: [plan], body: .json(InputSchema(.planTerms)), reply: .json(.plan), errors: [.conflict, .quotaExceeded],
            example: [
                "name": "Basic", "currency": "EUR", "price": 4900, "quota": ["memory": 1_073_741_824, "cpu": 1],
                "rate": ["requests": 600, "window": 60],
                "meters": [
                    "calls": ["included": 100_000, "limit": 1_000_000, "price": ["amount": 50, "per": 1000]],
                    "egressBytes": ["included": 10_737_418_240],
                ],
            ], editing: editing
        ) { exchange in
            let plan = exchange.parameters["plan"] ?? .null
            return .json(try await exchange.perform("plan/set", ["plan": plan, "terms": .object(exchange.members)]))
        },
        Route(
            .delete, "/api/plans/{plan}", "plan/delete", "Deletes a plan that no tenant has.", .key(operate), parameters: [plan],
            reply: .nothing, errors: [.notFound, .conflict], editing: editing
        ) { exchange in
            _ = try await exchange.perform("plan/delete", ["plan": exchange.parameters["plan"] ?? .null])
            return .nothing
        },
    ]

    private static let ofTenants: [Route] = [
        Route(
            .get, "/api/tenants/{id}/plan", "tenant/plan/show", "The plan of a tenant.", .key(readOwn), parameters: [id],
            reply: .json(.tenantPlan), errors: [.notFound], editing: choosing
        ) { exchange in .json(try await exchange.perform("tenant/plan/show", ["id": try own(exchange)])) },
        Route(
            .put, "/api/tenants/{id}/plan", "tenant/plan/set",
            "Gives a tenant a plan and its quota from the hour on; null takes its plan away and leaves the quota.",
            .key(operate), parameters: [id], body: .json(InputSchema(.planChoice)), reply: .json(.tenantPlan),
            errors: [.notFound, .conflict], example: ["plan": "basic"], editing: choosing
        ) { exchange in
            let id = exchange.parameters["id"] ?? .null
            return .json(try await exchange.perform("tenant/plan/set", exchange.members.merging(["id": id]) { $1 }))
        },
        Route(
            .get, "/api/tenants/{id}/usage", "tenant/usage",
            "How a tenant stands with its plan this month, and what it used in parts of time, until now.", .key(readOwn),
            parameters: [
                id, .query("from", .string(length: 10...40), "From this moment on; the beginning of the month, of minutes the last hour"),
                .query("to", .string(length: 10...40), "Before this moment; now"),
                .query("bucket", .choice(UsageHistory.Bucket.allCases.map(\.rawValue)), "The parts; days"),
            ], reply: .json(.usage), errors: [.notFound, .conflict]
        ) { exchange in
            var members = exchange.parameters
            members["tenant"] = nil
            members["id"] = try own(exchange)
            return .json(try await exchange.perform("tenant/usage", members))
        },
        Route(
            .get, "/api/tenants/{id}/invoices", "tenant/invoices",
            "What a tenant owes for a month, without tax: final when the month is over.", .key(readOwn),
            parameters: [id, .query("month", .string(length: 7...7, pattern: "^[0-9]{4}-[0-9]{2}$"), "As 2026-11; the running one")],
            reply: .json(.invoices), errors: [.notFound]
        ) { exchange in
            let members = ["id": try own(exchange), "month": exchange.parameters["month"] ?? .null]
            return .json(try await exchange.perform("tenant/invoices", members))
        },
    ]
}
