package import Model
package import Store

/// A message as it is handed to whoever brings it on its way: signed, and with the time of this try.
package struct Dispatch: Sendable {
    package let tenant: TenantID
    package let address: WebhookAddress
    package let headers: [(name: String, value: String)]
    package let body: String
}

/// Brings a message to its receiver. The composition root supplies it.
package protocol WebhookTransport: Sendable {
    /// Whether webhooks may be reached without TLS, at addresses that the operator allows.
    var allowsPlain: Bool { get }
    /// Refuses an address that no message could be brought to.
    func check(_ address: WebhookAddress) throws(Problem)
    func post(_ dispatch: Dispatch) async -> DeliveryOutcome
}

/// Sends what waits in the tenants' queues, messages and mails: each at least once, until it is received or given up.
package actor Courier {
    private let store: Store
    private let sealing: any Sealing
    private let transport: any WebhookTransport
    private let mails: any MailTransport
    private let brandings: Brandings
    private let now: @Sendable () -> Int64
    private let chance: @Sendable () -> Double
    private let failed: @Sendable (TenantID, Problem) -> Void
    private var plan = DeliveryPlan()

    /// How long a webhook is left alone whose database cannot be read or written.
    private static let respite: Int64 = 60_000

    /// `failed` is told of databases that cannot be read or written.
    package init(
        _ store: Store, sealing: any Sealing, _ transport: any WebhookTransport, _ mails: any MailTransport,
        now: @escaping @Sendable () -> Int64 = { Moment.now },
        chance: @escaping @Sendable () -> Double = { .random(in: 0...1) }, failed: @escaping @Sendable (TenantID, Problem) -> Void
    ) {
        self.store = store
        self.sealing = sealing
        self.transport = transport
        self.mails = mails
        brandings = Brandings(store)
        self.now = now
        self.chance = chance
        self.failed = failed
    }

    /// Webhooks that something waits for, and those to which a message is on its way now.
    package var load: (waiting: Int, onTheWay: Int) { (plan.waiting, plan.onTheWay) }

    /// Looks at what an earlier daemon left in every tenant's queue, then sends what is due until its task is cancelled.
    package func run() async {
        let tenants = (try? await store.tenants()) ?? []
        for tenant in tenants where tenant.state == .active && !Task.isCancelled { await look(at: tenant.id) }
        // All tenants' databases were looked into; for most of them nothing waits.
        await store.rest()
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                while let lane = plan.next(at: now()) { group.addTask { await self.carry(lane) } }
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    /// Something may wait in a tenant's queue.
    package func look(at tenant: TenantID) async {
        do throws(Problem) {
            let (due, mail) = try await store.tenant(tenant).passing.read { (try Deliveries.due($0), try Letters.nextDue($0)) }
            for (webhook, due) in due { plan.add(DeliveryLane(tenant: tenant, webhook: webhook), due: due) }
            if let mail { plan.add(DeliveryLane(tenant: tenant, webhook: nil), due: mail) }
        } catch {
            if error.code != .notFound { failed(tenant, error) }
        }
    }

    /// One try of the message whose turn it is at a webhook.
    private func carry(_ lane: DeliveryLane) async {
        do throws(Problem) {
            guard let webhook = lane.webhook else { return plan.finish(lane, next: try await mail(of: lane.tenant)) }
            plan.finish(lane, next: try await attempt(webhook, of: lane.tenant))
        } catch {
            // A tenant that is gone has nothing left to be sent.
            plan.finish(lane, next: error.code == .notFound ? nil : now() + Self.respite)
            if error.code != .notFound, !Task.isCancelled { failed(lane.tenant, error) }
        }
    }

    /// When the webhook's next message is due.
    private func attempt(_ id: WebhookID, of owner: TenantID) async throws(Problem) -> Int64? {
        let tenant = try await store.tenant(owner)
        let time = now()
        let found = try await tenant.read { database in
            try Deliveries.next(to: id, at: time, database).map { delivery in
                (delivery, try Webhook.find(id, database), try Webhook.secrets(of: id, at: time, database))
            }
        }
        guard let (delivery, webhook, secrets) = found else {
            return try await tenant.read { try Deliveries.nextDue(to: id, $0) }
        }
        let outcome = await post(delivery, to: webhook, of: owner, signedWith: secrets, at: time)
        if outcome == .interrupted { return time }
        let (end, chance, isMailing) = (now(), chance(), mails.sender != nil)
        let (stays, next) = try await tenant.write { database in
            let stays = try Deliveries.settle(delivery, outcome, at: end, chance: chance, database)
            if !stays {
                let notice = Notice(
                    .webhookDisabled, about: id.rawValue, "The webhook \(id) was disabled: see its last delivery.")
                try Notifications.record(notice, of: owner, at: end, isMailing: isMailing, database)
            }
            return (stays, try Deliveries.nextDue(to: id, database))
        }
        if !stays { await look(at: owner) }
        return next
    }

    /// One try of the mail whose turn it is at a tenant; when the next one is due. Where mails are switched off, those that
    /// wait wait on, until they are too old.
    private func mail(of owner: TenantID) async throws(Problem) -> Int64? {
        let (tenant, time) = (try await store.tenant(owner), now())
        let letter = try await tenant.read { try Letters.next(at: time, $0) }
        var isSent = false
        if let letter, let sender = mails.sender {
            let branding = (try? await brandings.branding(of: owner)) ?? Branding()
            do throws(Problem) {
                try await mails.send(MailMessage(letter, of: owner, branding, from: sender))
                isSent = true
            } catch {
                failed(owner, error)
            }
        }
        let (end, chance, wasSent) = (now(), chance(), isSent)
        return try await tenant.write { try Letters.settle(letter, isSent: wasSent, at: end, chance: chance, $0) }
    }

    private func post(
        _ delivery: Delivery, to webhook: Webhook, of tenant: TenantID, signedWith secrets: [[UInt8]], at time: Int64
    ) async -> DeliveryOutcome {
        let dispatch: Dispatch
        do throws(Problem) {
            let address = try WebhookAddress(webhook.url, allowsPlain: transport.allowsPlain)
            let signatures = try secrets.map { (sealed) throws(Problem) in
                try WebhookSecret(try sealing.open(sealed, for: Webhook.place(of: webhook.id, in: tenant)))
                    .signature(of: delivery.id.rawValue, at: time / 1000, delivery.body)
            }
            dispatch = Dispatch(
                tenant: tenant, address: address,
                headers: [
                    ("webhook-id", delivery.id.rawValue), ("webhook-timestamp", "\(time / 1000)"),
                    ("webhook-signature", signatures.joined(separator: " ")), ("Content-Type", "application/json"),
                ], body: delivery.body)
        } catch {
            return .failed(error.message)
        }
        return await transport.post(dispatch)
    }
}
