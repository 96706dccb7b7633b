package import Model

/// Whoever asks, once it is known who that is: what may be done, and in whose name.
///
/// Everything that decides about access decides here, for keys with their scopes as for persons with their roles.
package struct Principal: Sendable, Hashable, CustomStringConvertible {
    /// For logs and for the record of who consented.
    package let description: String
    /// The tenant to which it is bound; nil for an operator of the daemon.
    package let tenant: TenantID?
    package let scopes: Set<Scope>
    /// Nil for a key and for somebody at the control socket.
    package let person: PersonID?

    package init(_ description: String, tenant: TenantID?, scopes: Set<Scope>) {
        self.description = description
        self.tenant = tenant
        self.scopes = scopes
        person = nil
    }

    package init(_ person: PersonID, _ role: Role, tenant: TenantID?) {
        description = "person \(person)"
        self.tenant = tenant
        scopes = role.scopes
        self.person = person
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
                hint: person == nil
                    ? "use a key that has it; `cloister key create --scope` makes one"
                    : "an owner can give you a role that has it")
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

    /// Refuses to give, or to take, a role that opens what it does not open itself.
    package func checkDelegation(of role: Role, in tenant: TenantID?) throws(Problem) {
        guard self.tenant == nil || self.tenant == tenant else {
            throw Problem(.permissionDenied, "\(description) is bound to tenant \(self.tenant?.rawValue ?? "")")
        }
        guard let excess = role.scopes.subtracting(scopes).min() else { return }
        throw Problem(
            .permissionDenied, "\(description) lacks the scope \(excess.rawValue), which the role \(role.rawValue) has",
            hint: "nobody gives or takes a wider role than the own")
    }
}
