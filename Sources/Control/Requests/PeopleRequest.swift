package import Model

/// What can be asked about persons, invitations and sessions. Without a tenant it is about the platform's own.
package enum PeopleRequest: Hashable, Sendable {
    /// → `InvitationReport` with the invitation's text
    case invite(TenantID?, email: String, role: String, days: Int?)
    /// → `{"invitations": [InvitationReport…]}`, of a part with `cursor`
    case invitations(TenantID?, ListPart = .whole)
    /// → `InvitationReport` as it was
    case revokeInvitation(TenantID?, InvitationID)
    /// → `{"people": [PersonReport…]}`, of a part with `cursor`
    case list(TenantID?, ListPart = .whole)
    /// → `PersonReport` as it is now
    case role(TenantID?, PersonID, role: String)
    /// → `PersonReport` as it was
    case remove(TenantID?, PersonID, revokesKeys: Bool)
    /// → `{"sessions": [SessionReport…]}`, of a part with `cursor`
    case sessions(TenantID?, of: PersonID?, ListPart = .whole)
    /// → `SessionReport` as it was
    case revokeSession(TenantID?, SessionID, of: PersonID?)

    var method: ControlMethod {
        switch self {
        case .invite: .personInvite
        case .invitations: .invitationList
        case .revokeInvitation: .invitationRevoke
        case .list: .personList
        case .role: .personRole
        case .remove: .personRemove
        case .sessions: .sessionList
        case .revokeSession: .sessionRevoke
        }
    }

    package var tenant: TenantID? {
        switch self {
        case .invite(let tenant, _, _, _), .invitations(let tenant, _), .revokeInvitation(let tenant, _), .list(let tenant, _),
            .role(let tenant, _, _), .remove(let tenant, _, _), .sessions(let tenant, _, _), .revokeSession(let tenant, _, _):
            tenant
        }
    }

    var isBrake: Bool {
        switch self {
        case .remove, .revokeInvitation, .revokeSession: true
        case .invite, .invitations, .list, .role, .sessions: false
        }
    }

    /// What it is about, by its name: no address of anybody, for a log keeps it for long.
    var objectName: String {
        switch self {
        case .invite(_, _, let role, _): role
        case .role(_, let person, let role): "\(person) \(role)"
        case .remove(_, let person, _): person.rawValue
        case .revokeInvitation(_, let id): id.rawValue
        case .revokeSession(_, let id, _): id.rawValue
        case .sessions(_, let person, _): person?.rawValue ?? ""
        case .invitations, .list: ""
        }
    }

    /// The method must be one of these: `ControlRequest` lists them.
    init(_ method: ControlMethod, _ parameters: inout ControlParameters) throws(Problem) {
        switch method {
        case .personInvite:
            self = .invite(
                try parameters.optionalIdentifier("tenant"), email: try parameters.word("email", limit: 254),
                role: try parameters.word("role", limit: 64), days: try parameters.optionalCount("days", in: 1...365))
        case .invitationList: self = .invitations(try parameters.optionalIdentifier("tenant"), try ListPart(taking: &parameters))
        case .invitationRevoke:
            self = .revokeInvitation(
                try parameters.optionalIdentifier("tenant"), try parameters.identifier("invitation"))
        case .personList: self = .list(try parameters.optionalIdentifier("tenant"), try ListPart(taking: &parameters))
        case .personRole:
            self = .role(
                try parameters.optionalIdentifier("tenant"), try parameters.identifier("person"),
                role: try parameters.word("role", limit: 64))
        case .personRemove:
            self = .remove(
                try parameters.optionalIdentifier("tenant"), try parameters.identifier("person"),
                revokesKeys: try parameters.members.optionalBool("keys") ?? false)
        case .sessionList:
            self = .sessions(
                try parameters.optionalIdentifier("tenant"), of: try parameters.optionalIdentifier("person"),
                try ListPart(taking: &parameters))
        case .sessionRevoke:
            self = .revokeSession(
                try parameters.optionalIdentifier("tenant"), try parameters.identifier("session"),
                of: try parameters.optionalIdentifier("person"))
        default: preconditionFailure("\(method.rawValue) is not about people")
        }
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue?] = ["tenant": tenant.map { .string($0.rawValue) }]
        switch self {
        case .invite(_, let email, let role, let days):
            members["email"] = .string(email)
            members["role"] = .string(role)
            members["days"] = days.map { .integer(Int64($0)) }
        case .invitations(_, let part), .list(_, let part): members.merge(part.members.mapValues(Optional.some)) { $1 }
        case .revokeInvitation(_, let id): members["invitation"] = .string(id.rawValue)
        case .role(_, let id, let role):
            members["person"] = .string(id.rawValue)
            members["role"] = .string(role)
        case .remove(_, let id, let revokesKeys):
            members["person"] = .string(id.rawValue)
            members["keys"] = .bool(revokesKeys)
        case .sessions(_, let person, let part):
            members["person"] = person.map { .string($0.rawValue) }
            members.merge(part.members.mapValues(Optional.some)) { $1 }
        case .revokeSession(_, let id, let person):
            members["session"] = .string(id.rawValue)
            members["person"] = person.map { .string($0.rawValue) }
        }
        return members.compactMapValues { $0 }
    }
}
