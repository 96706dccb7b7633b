import GRDB
import HostTesting
import Model
import Store
import Synchronization

@testable import Tenancy

/// Notifications on a real store, with a clock that stands until it is moved and receivers that answer as they are told.
struct NotificationFixture: Sendable {
    static let acme = PeopleFixture.acme
    static let url = "https://hooks.example.com/x"

    final class Receiver: WebhookTransport, MailTransport {
        private struct State {
            var answers: [String: DeliveryOutcome] = [:]
            var received: [Dispatch] = []
            var takesMails = true
            var mails: [MailMessage] = []
        }
        private let state = Mutex(State())
        let allowsPlain = false

        var received: [Dispatch] { state.withLock { $0.received } }
        func answer(_ outcome: DeliveryOutcome, at url: String = url) { state.withLock { $0.answers[url] = outcome } }
        var mails: [MailMessage] { state.withLock { $0.mails } }
        func takeMails(_ isOn: Bool) { state.withLock { $0.takesMails = isOn } }
        var sender: EmailAddress? { try? EmailAddress("cloister@host.example") }
        func send(_ message: MailMessage) async throws(Problem) {
            let isTaken = state.withLock { state in
                state.mails.append(message)
                return state.takesMails
            }
            if !isTaken { throw Problem(.unreachable, "no mail today") }
        }
        func check(_ address: WebhookAddress) throws(Problem) {}
        func post(_ dispatch: Dispatch) async -> DeliveryOutcome {
            state.withLock { state in
                state.received.append(dispatch)
                return state.answers[dispatch.address.text] ?? .answered(status: 200, retryAfter: nil)
            }
        }
    }

    let store: Store
    let people: People
    let clock: PeopleFixture.Clock
    let receiver = Receiver()

    static func with(_ body: (NotificationFixture) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        var options = Store.Options()
        options.registrySteps = KeyRecord.steps + Person.registrySteps + Outbox.registrySteps + ProvisioningSchema.registrySteps
        options.tenantSteps = Person.tenantSteps + Outbox.tenantSteps + ProvisioningSchema.tenantSteps + NotificationSchema.steps + Brandings.steps
            + NotificationSchema.accountSteps
        let store = try await Store.open(folder, options)
        for tenant in [acme, PeopleFixture.globex] { _ = try await store.createTenant(tenant) }
        let clock = PeopleFixture.Clock()
        try await body(NotificationFixture(store: store, people: PeopleFixture.people(store, clock), clock: clock))
        await store.close()
    }

    var notifications: Notifications {
        Notifications(store, sealing: Reversal(), isMailing: true, now: { [clock] in clock.now }, waiting: { _ in })
    }

    /// One as a daemon that has just started has it.
    var courier: Courier {
        Courier(store, sealing: Reversal(), receiver, receiver, now: { [clock] in clock.now }, chance: { 0.5 }, failed: { _, _ in })
    }

    /// Sends what is due now, as a daemon that has just started does, until nothing more is.
    func send() async throws {
        let courier = courier
        let running = Task { await courier.run() }
        while try await isDue { try await Task.sleep(for: .milliseconds(5)) }
        running.cancel()
        await running.value
    }

    private var isDue: Bool {
        get async throws {
            let now = clock.now
            return try await store.tenant(Self.acme).read { database in
                try Bool.fetchOne(
                    database,
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM delivery WHERE state = 'pending' AND due <= ?1)
                        OR EXISTS (SELECT 1 FROM letter WHERE due <= ?1)
                        """, arguments: [now])
            } ?? false
        }
    }

    func webhook(_ url: String = url, kinds: Set<NoticeKind> = []) async throws -> (webhook: Webhook, secret: WebhookSecret) {
        try await notifications.createWebhook(
            try WebhookAddress(url, allowsPlain: false), kinds: kinds, in: Self.acme, by: "test")
    }

    func deliveries(to webhook: Webhook) async throws -> [Delivery] {
        try await notifications.deliveries(to: webhook.id, of: Self.acme, limit: 100).deliveries
    }

    func notify(_ kind: NoticeKind = .pluginFailed, about subject: String = "exif") async throws {
        try await notifications.notify(Self.acme, Notice(kind, about: subject, "The plugin exif does not run any more."))
    }

    func person(_ role: Role, _ email: String = "ada@example.com") async throws -> PersonID {
        let (_, text) = try await people.invite(email, as: role.rawValue, to: Self.acme, by: .local("root"))
        return try await people.accept(text.text, name: "Ada", password: PeopleFixture.password, from: PeopleFixture.visitor).id
    }
}
