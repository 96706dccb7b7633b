package import Model
package import Store

/// A mail to one person that holds what nobody else may read and what must not lie on disk: it is handed to the host at
/// once, or not at all.
package struct PersonalMail: Sendable, Hashable {
    package let recipient: EmailAddress
    /// Behind the name of the product.
    package let subject: String
    package let text: String

    package init(to recipient: EmailAddress, subject: String, text: String) {
        self.recipient = recipient
        self.subject = subject
        self.text = text
    }
}

/// Hands such mails over in the name of the tenant's product, a few at once and the others in turn.
package final class PersonalMails: Sendable {
    /// On their way to the host at once: a program that hangs must not pile up.
    static let mostAtOnce = 4
    /// Those included that are on their way.
    static let mostTaken = 256

    private let mails: any MailTransport
    private let brandings: Brandings
    private let now: @Sendable () -> Int64
    /// What strangers may ask for has a queue of its own, so that they cannot keep back what the house has to say.
    private let wishes = MailQueue(atOnce: mostAtOnce, taken: mostTaken)
    /// Short: somebody waits for its end.
    private let letters = MailQueue(atOnce: mostAtOnce, taken: 2 * mostAtOnce)

    package init(_ store: Store, _ mails: any MailTransport, now: @escaping @Sendable () -> Int64 = { Moment.now }) {
        self.mails = mails
        brandings = Brandings(store)
        self.now = now
    }

    /// Whether the host sends mails.
    package var isMailing: Bool { mails.sender != nil }

    /// Returns when the host has taken the mail over. Throws `unsupported` where it sends none, and `retryLater` while too
    /// many wait.
    package func send(_ mail: PersonalMail, of tenant: TenantID?) async throws(Problem) {
        try await letters.take()
        await letters.turn()
        let outcome: Result<Void, Problem>
        do throws(Problem) {
            outcome = .success(try await handOver(mail, of: tenant))
        } catch {
            outcome = .failure(error)
        }
        await letters.pass()
        try outcome.get()
    }

    /// Takes over work of which a mail may come, without waiting for it: what was taken is done, in its turn. Throws
    /// `retryLater` while too many wait. The work hands its mail over with `handOver`.
    package func accept(_ work: @escaping @Sendable () async -> Void) async throws(Problem) {
        try await wishes.take()
        Task {
            await wishes.turn()
            await work()
            await wishes.pass()
        }
    }

    /// Takes no more, and returns when nothing that was taken is left, or after that long; how much is left.
    package func finish(within limit: Duration) async -> Int {
        await wishes.close()
        await letters.close()
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            guard await left > 0 else { return 0 }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return await left
    }

    private var left: Int { get async { await wishes.taken + letters.taken } }

    /// Only by whose turn it is.
    package func handOver(_ mail: PersonalMail, of tenant: TenantID?) async throws(Problem) {
        guard let sender = mails.sender else { throw Problem(.unsupported, "this host sends no mails") }
        var branding = Branding()
        if let tenant { branding = try await brandings.branding(of: tenant) }
        let (time, name) = (now(), AccessText.letters())
        let help = branding.supportAddress.map { "\nHelp: \($0)\n" } ?? ""
        try await mails.send(
            MailMessage(
                sender: sender, senderName: branding.productName, recipient: mail.recipient,
                subject: "\(branding.productName): \(mail.subject)",
                text: "\(mail.text)\n\n-- \n\(branding.productName)\n\(help)", time: time, name: "mail-\(name)"))
    }
}
