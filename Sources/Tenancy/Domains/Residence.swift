package import Model

/// Whom a request is for.
package enum Residence: Sendable, Hashable {
    case house
    case tenant(TenantID)
    case unknown
}

extension Principal {
    /// Whoever asks, at a tenant's own host: bound to that tenant, whatever else it may be.
    package func at(_ residence: Residence) throws(Problem) -> Principal {
        guard case .tenant(let host) = residence else { return self }
        if tenant == host { return self }
        guard tenant == nil || tenant == host else {
            throw Problem(.permissionDenied, "\(description) is bound to tenant \(tenant?.rawValue ?? ""), and this host is another's")
        }
        return Principal(description, tenant: host, scopes: scopes)
    }
}
