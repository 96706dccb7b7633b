package import Model

/// A person, who belongs to one tenant or to the platform. The same human in two tenants is two persons: neither tenant
/// learns of the other.
package struct Person: Sendable, Hashable {
    package let id: PersonID
    /// Nil for one of the platform's.
    package let tenant: TenantID?
    package let email: EmailAddress
    package let name: String
    package let role: Role
    /// In milliseconds since 1970 (UTC), as are the others.
    package let created: Int64
    package let lastLogin: Int64?
    /// Whether there is a password here; without one the person comes in at a provider alone.
    package let hasPassword: Bool
    /// Whether a code is asked for beside the password.
    package let hasSecondFactor: Bool
    /// One who is not opens nothing, and logs in no more.
    package let isActive: Bool
    /// Renewed with whatever ends sessions: one of another generation opens nothing, wherever a crash left it.
    let generation: Int64

    package var principal: Principal { Principal(id, role, tenant: tenant) }
}
