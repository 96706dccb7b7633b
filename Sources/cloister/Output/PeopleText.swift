import Control
import Model

/// Persons, invitations and sessions for people.
enum PeopleText {
    static func table(_ people: [PersonReport], width: Int?) -> String {
        guard !people.isEmpty else { return "nobody yet; invite somebody with: cloister person invite EMAIL --role ROLE\n" }
        var table = Table([
            .flexible("PERSON"), .flexible("EMAIL"), .flexible("NAME"), .left("ROLE"), .left("CODE"), .left("LAST LOGIN"),
        ])
        for person in people {
            table.append([
                person.id.rawValue, person.email, person.name, person.role, person.hasSecondFactor ? "yes" : "no",
                person.lastLogin ?? "never",
            ])
        }
        return table.text(width: width)
    }

    static func table(_ invitations: [InvitationReport], width: Int?) -> String {
        guard !invitations.isEmpty else { return "no open invitations\n" }
        var table = Table([.flexible("INVITATION"), .flexible("EMAIL"), .left("ROLE"), .left("EXPIRES"), .flexible("BY")])
        for invitation in invitations {
            table.append([invitation.id.rawValue, invitation.email, invitation.role, invitation.expires, invitation.createdBy])
        }
        return table.text(width: width)
    }

    static func table(_ sessions: [SessionReport], width: Int?) -> String {
        guard !sessions.isEmpty else { return "no open sessions\n" }
        var table = Table([
            .flexible("SESSION"), .flexible("PERSON"), .left("LAST USED"), .left("EXPIRES"), .flexible("ADDRESS"),
            .flexible("WITH"),
        ])
        for session in sessions {
            table.append([
                session.id.rawValue, session.person.rawValue, session.lastUsed, session.expires, session.address, session.agent,
            ])
        }
        return table.text(width: width)
    }

    static func details(_ invitation: InvitationReport, width: Int?) -> String {
        var details = Details()
        details.add("invitation", invitation.id.rawValue)
        details.add("for", invitation.email)
        details.add("role", invitation.role)
        details.add("tenant", invitation.tenant?.rawValue ?? "(platform)")
        details.add("expires", invitation.expires)
        if let isMailed = invitation.isMailed { details.add("mailed", isMailed ? "yes" : "no") }
        guard let text = invitation.text else { return details.text(width: width) }
        // Not in the table: a window's width must not shorten it.
        return details.text(width: width) + "\n\(text)\n\nHand it on now: it is not shown again, and good once.\n"
    }
}
