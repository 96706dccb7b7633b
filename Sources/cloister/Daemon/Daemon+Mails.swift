import Logging
import Model
import Tenancy

extension Daemon {
    /// Where people find the pages of a tenant, or of the house; nil where nobody has said. Never what a request says: a
    /// mail must not lead to where a stranger wants.
    func pages(of tenant: TenantID?) async -> String? {
        if let tenant {
            let claims = (try? await domains.list(of: tenant)) ?? []
            let active = claims.filter { $0.state == .active }
            if let claim = active.first(where: { $0.kind == .custom }) ?? active.first { return "https://\(claim.name)" }
        }
        return configuration.signIn.address ?? domains.settings.map { "https://\($0.base)" }
    }

    /// Mails an invitation to whom it is for; whether the host has taken it over.
    func mail(_ text: AccessText, of invitation: Invitation) async -> Bool {
        guard personalMails.isMailing else { return false }
        let way = await way(to: "invitation", text, of: invitation.tenant)
        let mail = PersonalMail(
            to: invitation.email, subject: "you are invited",
            text: """
                You are invited as \(invitation.role.rawValue). \(way)

                It is good once, until \(Timestamp(milliseconds: invitation.expires)). If you did not expect this, do nothing.
                """)
        return await send(mail, of: invitation.tenant)
    }

    /// Takes over the wish for a mail to set another password with. Whether there is anybody shows neither in the answer nor
    /// in the time. Throws `retryLater`.
    func acceptRecovery(of email: String, in tenant: TenantID?, request: String) async throws(Problem) {
        try await personalMails.accept { await self.mailRecovery(of: email, in: tenant, request: request) }
    }

    /// Mails the text to set another password with to whoever has the address, if anybody has.
    private func mailRecovery(of email: String, in tenant: TenantID?, request: String) async {
        do throws(Problem) {
            guard personalMails.isMailing, let (person, text) = try await people.beginRecovery(of: email, in: tenant) else { return }
            let attempt = AuditAttempt(
                request: request, principal: person.principal.description, door: .http, method: "recovery/begin", tenant: tenant,
                subject: "")
            let way = await way(to: "recovery/password", text, of: tenant)
            let mail = PersonalMail(
                to: person.email, subject: "another password",
                text: """
                    Somebody asked to set another password for you. \(way)

                    It is good once, for \(Recovery.minutes) minutes. If it was not you, do nothing: your password stays as it is.
                    """)
            do {
                try await audit.record(attempt, in: await audit.place(for: tenant)) { _ = await tried(mail) { () throws(Problem) in try await personalMails.handOver(mail, of: tenant) } }
            } catch {
                logger.error("recovery of \(person.id) not begun: \(error)")
            }
        } catch {
            logger.error("recovery not begun: \(error)")
        }
    }

    /// Tells a person what was done with the person's account. That has happened: where it cannot be told is the log's affair.
    /// The platform's people have no inbox, and are told by mail alone; it goes out when this has returned.
    func tell(_ person: Person, of event: AccountEvent, also former: EmailAddress? = nil) async {
        let addresses = [person.email, former].compactMap(\.self)
        guard let tenant = person.tenant else {
            guard personalMails.isMailing else { return }
            for address in addresses {
                let mail = PersonalMail(to: address, subject: event.kind.title, text: event.text)
                Task { _ = await send(mail, of: nil) }
            }
            return
        }
        do throws(Problem) {
            try await notifications.tell(person.id, of: event, in: tenant, at: addresses)
        } catch {
            logger.error("\(person.id) not told of \(event.kind.rawValue): \(error)")
        }
    }

    private func way(to path: String, _ text: AccessText, of tenant: TenantID?) async -> String {
        guard let pages = await pages(of: tenant) else {
            return "Take this text to the page where you log in:\n\n\(text.text)"
        }
        return "Follow this link:\n\n\(pages)/\(path)?text=\(text.text)"
    }

    private func send(_ mail: PersonalMail, of tenant: TenantID?) async -> Bool {
        await tried(mail) { () throws(Problem) in try await personalMails.send(mail, of: tenant) }
    }

    private func tried(_ mail: PersonalMail, _ sending: () async throws(Problem) -> Void) async -> Bool {
        do throws(Problem) {
            try await sending()
            return true
        } catch {
            // Whom it was for is nobody's business in a log.
            logger.error("mail \(mail.subject.debugDescription) not sent: \(error)")
            return false
        }
    }
}
