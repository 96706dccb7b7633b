package import Model

/// Whoever asks, once it is known who that is: what may be done, and in whose name.
///
/// Everything that decides about access decides here. A key is the only kind now; people and their roles will be others,
/// with the same two properties.
package struct Principal: Sendable, Hashable, CustomStringConvertible {
    /// For logs and for the record of who consented.
    package let description: String
    /// The tenant to which it is bound; nil for an operator of the daemon.
    package let tenant: TenantID?
    package let scopes: Set<Scope>

    package init(_ description: String, tenant: TenantID?, scopes: Set<Scope>) {
        self.description = description
        self.tenant = tenant
        self.scopes = scopes
    }

    /// Somebody who was let to the control socket: an operator with every scope.
    package static func local(_ description: String) -> Principal {
        Principal(description, tenant: nil, scopes: Set(Scope.allCases))
    }

    /// Lets pass or throws `permissionDenied`. What it says of another tenant is the same whether there is one or not.
    package func check(_ access: Access, on subject: TenantID? = nil) throws(Problem) {
        guard scopes.contains(access.scope) else {
            throw Problem(
                .permissionDenied, "\(description) lacks the scope \(access.scope.rawValue)",
                hint: "use a key that has it; `cloister key create --scope` makes one")
        }
        guard let tenant else { return }
        guard access.reach == .tenant else {
            throw Problem(.permissionDenied, "\(description) is bound to tenant \(tenant), and this is the operators' affair")
        }
        guard subject == nil || subject == tenant else {
            throw Problem(.permissionDenied, "\(description) is bound to tenant \(tenant)")
        }
    }

    /// The tenant that a request is about: the one it names, or the one to which its caller is bound.
    package func subject(named name: TenantID?) throws(Problem) -> TenantID {
        guard let subject = name ?? tenant else {
            throw Problem(.invalidInput, "/tenant: missing", hint: "name the tenant: this caller is bound to none")
        }
        return subject
    }

    /// Refuses to hand on what it does not have itself.
    package func checkDelegation(of scopes: Set<Scope>, to tenant: TenantID?) throws(Problem) {
        guard self.tenant == nil || self.tenant == tenant else {
            throw Problem(.permissionDenied, "\(description) makes keys for tenant \(self.tenant?.rawValue ?? "") alone")
        }
        guard let excess = scopes.subtracting(self.scopes).min() else { return }
        throw Problem(
            .permissionDenied, "\(description) lacks the scope \(excess.rawValue)", hint: "a key hands on what it has itself")
    }
}
