package import Model

/// What is asked about plans, what tenants use of them, and what they owe.
package enum PlanRequest: Hashable, Sendable {
    /// → `{"plans"}`
    case list
    /// → the plan
    case show(PlanID)
    /// Makes it or gives it other terms. → the plan
    case set(PlanID, JSONValue)
    /// → the plan as it was
    case delete(PlanID)
    /// → `{"tenant", "plan"}`
    case ofTenant(TenantID)
    /// Nil takes the tenant's plan away. → `{"tenant", "plan"}`
    case choose(PlanID?, TenantID)
    /// → `{"tenant", "month", "standings", "parts"}`
    case usage(UsageQuery)
    /// → `{"invoices"}`
    case invoices(TenantID, month: String?)

    package var method: ControlMethod {
        switch self {
        case .list: .planList
        case .show: .planShow
        case .set: .planSet
        case .delete: .planDelete
        case .ofTenant: .tenantPlanShow
        case .choose: .tenantPlanSet
        case .usage: .tenantUsage
        case .invoices: .tenantInvoices
        }
    }

    package var tenant: TenantID? {
        switch self {
        case .list, .show, .set, .delete: nil
        case .ofTenant(let tenant), .choose(_, let tenant), .invoices(let tenant, _): tenant
        case .usage(let query): query.tenant
        }
    }

    /// For the audit log.
    var objectName: String {
        switch self {
        case .show(let plan), .set(let plan, _), .delete(let plan): plan.rawValue
        case .choose(let plan, _): plan?.rawValue ?? "none"
        case .list, .ofTenant, .usage, .invoices: ""
        }
    }

    init(_ method: ControlMethod, taking parameters: inout ControlParameters) throws(Problem) {
        switch method {
        case .planList: self = .list
        case .planShow: self = .show(try parameters.identifier("plan"))
        case .planSet:
            let terms = try parameters.members.required("terms")
            guard terms.object != nil else { throw Problem(.invalidInput, "/terms: expected object, found \(terms.kind)") }
            self = .set(try parameters.identifier("plan"), terms)
        case .planDelete: self = .delete(try parameters.identifier("plan"))
        case .tenantPlanShow: self = .ofTenant(try parameters.identifier("id"))
        case .tenantPlanSet: self = .choose(try parameters.optionalIdentifier("plan"), try parameters.identifier("id"))
        case .tenantUsage: self = .usage(try UsageQuery(taking: &parameters))
        case .tenantInvoices: self = .invoices(try parameters.identifier("id"), month: try parameters.members.optionalString("month"))
        default: preconditionFailure("\(method.rawValue) is not about plans")
        }
    }

    var members: [String: JSONValue] {
        switch self {
        case .list: [:]
        case .show(let plan), .delete(let plan): ["plan": .string(plan.rawValue)]
        case .set(let plan, let terms): ["plan": .string(plan.rawValue), "terms": terms]
        case .ofTenant(let tenant): ["id": .string(tenant.rawValue)]
        case .choose(let plan, let tenant): ["plan": JSONValue(plan?.rawValue), "id": .string(tenant.rawValue)]
        case .usage(let query): query.members
        case .invoices(let tenant, let month): ["id": .string(tenant.rawValue), "month": JSONValue(month)]
        }
    }
}

/// What a tenant used, when, in parts of what width.
package struct UsageQuery: Hashable, Sendable {
    package var tenant: TenantID
    /// As RFC 3339 or as a date. Where nothing is said, from the beginning of the month, or the last hour in minutes, and
    /// until now.
    package var from: String?
    package var to: String?
    /// `minute`, `hour`, `day` or `month`; a day where nothing is said.
    package var bucket: String?

    package init(_ tenant: TenantID, from: String? = nil, to: String? = nil, bucket: String? = nil) {
        self.tenant = tenant
        self.from = from
        self.to = to
        self.bucket = bucket
    }

    init(taking parameters: inout ControlParameters) throws(Problem) {
        tenant = try parameters.identifier("id")
        from = try parameters.members.optionalString("from")
        to = try parameters.members.optionalString("to")
        bucket = try parameters.members.optionalString("bucket")
    }

    var members: [String: JSONValue] {
        ["id": .string(tenant.rawValue), "from": JSONValue(from), "to": JSONValue(to), "bucket": JSONValue(bucket)]
    }
}
