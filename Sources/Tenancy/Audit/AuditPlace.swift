package import Model

/// Whose log it is: each tenant has one in its own database, and the platform one in the registry.
package enum AuditPlace: Sendable, Hashable, CustomStringConvertible {
    case platform
    case tenant(TenantID)

    package init(_ tenant: TenantID?) { self = tenant.map(AuditPlace.tenant) ?? .platform }

    package var tenant: TenantID? { if case .tenant(let id) = self { id } else { nil } }

    package var description: String { tenant.map { "the log of tenant \($0)" } ?? "the platform's log" }
}
