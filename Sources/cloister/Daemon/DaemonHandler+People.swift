import Control
import Model
import Plugins
import Store
import Tenancy

extension DaemonHandler {
    /// Whoever is bound to a tenant asks about that tenant's people, and names no other.
    func perform(_ request: PeopleRequest, for caller: Caller) async throws(Problem) -> JSONValue {
        let (people, principal) = (daemon.people, caller.principal)
        let tenant = request.tenant ?? principal.tenant
        guard principal.tenant == nil || principal.tenant == tenant else {
            throw Problem(.permissionDenied, "\(principal) is bound to tenant \(principal.tenant?.rawValue ?? "")")
        }
        switch request {
        case .invite(_, let email, let role, let days):
            let (invitation, text) = try await people.invite(email, as: role, to: tenant, days: days, by: principal)
            if let tenant {
                await daemon.notify(
                    tenant, Notice(.personInvited, about: invitation.id.rawValue, "\(principal) invited somebody as \(role)."))
            }
            var report = InvitationReport(invitation)
            report.text = text.text
            report.isMailed = await daemon.mail(text, of: invitation)
            return report.json
        case .invitations(_, let part):
            let page = try await people.invitations(to: tenant, after: part.cursor, limit: part.limit)
            return part.reply(InvitationReport.json(page.elements.map(InvitationReport.init)), next: page.next)
        case .invitation(_, let id): return InvitationReport(try await people.invitation(id, to: tenant)).json
        case .revokeInvitation(_, let id): return InvitationReport(try await people.revoke(id, to: tenant)).json
        case .list(_, let part):
            let page = try await people.page(in: tenant, after: part.cursor, limit: part.limit)
            return part.reply(PersonReport.json(page.elements.map(PersonReport.init)), next: page.next)
        case .show(_, let id): return PersonReport(try await people.person(id, in: tenant)).json
        case .role(_, let id, let role):
            return PersonReport(try await setRole(of: id, in: tenant, to: role, principal)).json
        case .remove(_, let id, let revokesKeys):
            return PersonReport(try await remove(id, from: tenant, revokesKeys, principal)).json
        case .sessions(_, let person, let part):
            guard let limit = part.limit else {
                return SessionReport.json(try await people.sessions(in: tenant, of: person).map(SessionReport.init))
            }
            let page = try await people.sessions(in: tenant, of: person, after: part.cursor, limit: limit)
            return part.reply(SessionReport.json(page.elements.map(SessionReport.init)), next: page.next)
        case .session(_, let id, let person):
            return SessionReport(try await people.session(id, in: tenant, of: person)).json
        case .revokeSession(_, let id, let person):
            return SessionReport(try await people.revoke(id, in: tenant, of: person)).json
        }
    }

    /// The registry has dropped the keys that open too much now; memory follows.
    private func setRole(
        of id: PersonID, in tenant: TenantID?, to role: String, _ principal: Principal
    ) async throws(Problem) -> Person {
        let person = try await daemon.people.setRole(of: id, in: tenant, to: role, by: principal)
        daemon.keys.drop(madeBy: person, beyond: person.role.scopes)
        return person
    }

    /// Revokes a key, and withdraws what it invited to.
    func revokeKey(_ id: KeyID, by principal: Principal) async throws(Problem) -> KeyRecord {
        let record = try await daemon.keys.revoke(id, by: principal)
        try await daemon.people.withdraw(madeBy: record.principal.description)
        return record
    }

    private func remove(
        _ id: PersonID, from tenant: TenantID?, _ revokesKeys: Bool, _ principal: Principal
    ) async throws(Problem) -> Person {
        let person = try await daemon.people.remove(id, from: tenant, revokingKeys: revokesKeys, by: principal)
        if revokesKeys { daemon.keys.drop(madeBy: person, beyond: []) }
        return person
    }
}

/// One key seals what tenants keep secret and what persons do.
extension Secrets: Sealing {}

extension PersonReport {
    init(_ person: Person) {
        self.init(
            id: person.id, tenant: person.tenant, email: person.email.text, name: person.name, role: person.role.rawValue,
            created: Timestamp(milliseconds: person.created).description,
            lastLogin: person.lastLogin.map { Timestamp(milliseconds: $0).description }, hasSecondFactor: person.hasSecondFactor)
    }
}

extension InvitationReport {
    init(_ invitation: Invitation) {
        self.init(
            id: invitation.id, tenant: invitation.tenant, email: invitation.email.text, role: invitation.role.rawValue,
            created: Timestamp(milliseconds: invitation.created).description, createdBy: invitation.createdBy,
            expires: Timestamp(milliseconds: invitation.expires).description)
    }
}

extension SessionReport {
    init(_ session: Session) {
        self.init(
            id: session.id, tenant: session.tenant, person: session.person,
            created: Timestamp(milliseconds: session.created).description,
            lastUsed: Timestamp(milliseconds: session.lastUsed).description,
            expires: Timestamp(milliseconds: session.expires).description, address: session.address, agent: session.agent)
    }
}
