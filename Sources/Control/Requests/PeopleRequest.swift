package import Model

/// What can be asked about persons, invitations and sessions. Without a tenant it is about the platform's own.
package enum PeopleRequest: Hashable, Sendable {
    /// → `InvitationReport` with the invitation's text
    case invite(TenantID?, email: String, role: String, days: Int?)
    /// → `{"invitations": [InvitationReport…]}`, of a part with `cursor`
    case invitations(TenantID?, ListPart = .whole)
    /// → `InvitationReport`
    case invitation(TenantID?, InvitationID)
    /// → `InvitationReport` as it was
    case revokeInvitation(TenantID?, InvitationID)
    /// → `{"people": [PersonReport…]}`, of a part with `cursor`
    case list(TenantID?, ListPart = .whole)
    /// → `PersonReport`
    case show(TenantID?, PersonID)
    /// → `PersonReport` as it is now
    case role(TenantID?, PersonID, role: String)
    /// → `PersonReport` as it was
    case remove(TenantID?, PersonID, revokesKeys: Bool)
    /// → `{"sessions": [SessionReport…]}`, of a part with `cursor`
    case sessions(TenantID?, of: PersonID?, ListPart = .whole)
    /// → `SessionReport`
    case session(TenantID?, SessionID, of: PersonID?)
    /// → `SessionReport` as it was
    case revokeSession(TenantID?, SessionID, of: PersonID?)

    var method: ControlMethod {
        switch self {
        case .invite: .personInvite
        case .invitations: .invitationList
        case .invitation: .invitationShow
        case .revokeInvitation: .invitationRevoke
        case .list: .personList
        case .show: .personShow
        case .role: .personRole
        case .remove: .personRemove
        case .sessions: .sessionList
        case .session: .sessionShow
        case .revokeSession: .sessionRevoke
        }
    }

    package var tenant: TenantID? {
        switch self {
        case .invite(let tenant, _, _, _), .invitations(let tenant, _), .invitation(let tenant, _),
            .revokeInvitation(let tenant, _), .list(let tenant, _), .show(let tenant, _), .role(let tenant, _, _),
            .remove(let tenant, _, _), .sessions(let tenant, _, _), .session(let tenant, _, _), .revokeSession(let tenant, _, _):
            tenant
        }
    }

    var isBrake: Bool {
        switch self {
        case .remove, .revokeInvitation, .revokeSession: true
        case .invite, .invitations, .invitation, .list, .show, .role, .sessions, .session: false
        }
    }

    /// What it is about, by its name: no address of anybody, for a log keeps it for long.
    var objectName: String {
        switch self {
        case .invite(_, _, let role, _): role
        case .role(_, let person, let role): "\(person) \(role)"
        case .show(_, let person), .remove(_, let person, _): person.rawValue
        case .invitation(_, let id), .revokeInvitation(_, let id): id.rawValue
        case .session(_, let id, _), .revokeSession(_, let id, _): id.rawValue
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
        case .invitationShow:
            self = .invitation(try parameters.optionalIdentifier("tenant"), try parameters.identifier("invitation"))
        case .invitationRevoke:
            self = .revokeInvitation(
                try parameters.optionalIdentifier("tenant"), try parameters.identifier("invitation"))
        case .personList: self = .list(try parameters.optionalIdentifier("tenant"), try ListPart(taking: &parameters))
        case .personShow:
            self = .show(try parameters.optionalIdentifier("tenant"), try parameters.identifier("person"))
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
        case .sessionShow:
            self = .session(
                try parameters.optionalIdentifier("tenant"), try parameters.identifier("session"),
                of: try parameters.optionalIdentifier("person"))
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
        case .invitation(_, let id), .revokeInvitation(_, let id): members["invitation"] = .string(id.rawValue)
        case .show(_, let id): members["person"] = .string(id.rawValue)
        case .role(_, let id, let role):
            members["person"] = .string(id.rawValue)
            members["role"] = .string(role)
        case .remove(_, let id, let revokesKeys):
            members["person"] = .string(id.rawValue)
            members["keys"] = .bool(revokesKeys)
        case .sessions(_, let person, let part):
            members["person"] = person.map { .string($0.rawValue) }
            members.merge(part.members.mapValues(Optional.some)) { $1 }
        case .session(_, let id, let person), .revokeSession(_, let id, let person):
            members["session"] = .string(id.rawValue)
            members["person"] = person.map { .string($0.rawValue) }
        }
        return members.compactMapValues { $0 }
    }
}
