package import Model

/// What a person is to a tenant, or to the platform. Stable: databases and clients name them.
package enum Role: String, Sendable, CaseIterable {
    case platformOwner = "platform-owner"
    case platformReviewer = "platform-reviewer"
    case platformSupport = "platform-support"
    case owner, admin, builder, billing, auditor, member

    /// Whether it is one of the platform's own people; every other is of one tenant.
    package var isOfPlatform: Bool {
        switch self {
        case .platformOwner, .platformReviewer, .platformSupport: true
        case .owner, .admin, .builder, .billing, .auditor, .member: false
        }
    }

    /// Whether one must always be left who has it.
    var isOwner: Bool { self == .owner || self == .platformOwner }

    /// What it opens, as the table of `Scope.roles` has it.
    package var scopes: Set<Scope> { Set(Scope.allCases.filter { $0.roles.contains(self) }) }

    /// The role that a request names, of those that the tenant's or the platform's people may have.
    package init(_ text: String, in tenant: TenantID?) throws(Problem) {
        let possible = Role.allCases.filter { $0.isOfPlatform == (tenant == nil) }
        guard let role = possible.first(where: { $0.rawValue == text }) else {
            let names = possible.map(\.rawValue)
            throw Problem(
                .invalidInput,
                "/role: no role of \(tenant.map { "tenant \($0)" } ?? "the platform"): \(text.prefix(40).debugDescription)",
                hint: names.nearest(to: text).map { "did you mean \($0)?" } ?? names.joined(separator: ", "))
        }
        self = role
    }
}
