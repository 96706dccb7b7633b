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

/// Sends what waits in the tenants' queues: each message at least once, until it is received or given up.
package actor Courier {
    private let store: Store
    private let sealing: any Sealing
    private let transport: any WebhookTransport
    private let now: @Sendable () -> Int64
    private let chance: @Sendable () -> Double
    private let failed: @Sendable (TenantID, Problem) -> Void
    private var plan = DeliveryPlan()

    /// How long a webhook is left alone whose database cannot be read or written.
    private static let respite: Int64 = 60_000

    /// `failed` is told of databases that cannot be read or written.
    package init(
        _ store: Store, sealing: any Sealing, _ transport: any WebhookTransport, now: @escaping @Sendable () -> Int64 = { Moment.now },
        chance: @escaping @Sendable () -> Double = { .random(in: 0...1) }, failed: @escaping @Sendable (TenantID, Problem) -> Void
    ) {
        self.store = store
        self.sealing = sealing
        self.transport = transport
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
            for (webhook, due) in try await store.tenant(tenant).read({ try Deliveries.due($0) }) {
                plan.add(DeliveryLane(tenant: tenant, webhook: webhook), due: due)
            }
        } catch {
            if error.code != .notFound { failed(tenant, error) }
        }
    }

    /// One try of the message whose turn it is at a webhook.
    private func carry(_ lane: DeliveryLane) async {
        do throws(Problem) {
            plan.finish(lane, next: try await attempt(lane))
        } catch {
            // A tenant that is gone has nothing left to be sent.
            plan.finish(lane, next: error.code == .notFound ? nil : now() + Self.respite)
            if error.code != .notFound, !Task.isCancelled { failed(lane.tenant, error) }
        }
    }

    /// When the webhook's next message is due.
    private func attempt(_ lane: DeliveryLane) async throws(Problem) -> Int64? {
        let tenant = try await store.tenant(lane.tenant)
        let time = now()
        let found = try await tenant.read { database in
            try Deliveries.next(to: lane.webhook, at: time, database).map { delivery in
                (delivery, try Webhook.find(lane.webhook, database), try Webhook.secrets(of: lane.webhook, at: time, database))
            }
        }
        guard let (delivery, webhook, secrets) = found else {
            return try await tenant.read { try Deliveries.nextDue(to: lane.webhook, $0) }
        }
        let outcome = await post(delivery, to: webhook, of: lane.tenant, signedWith: secrets, at: time)
        if outcome == .interrupted { return time }
        let (end, chance, id) = (now(), chance(), lane.tenant)
        let (stays, next) = try await tenant.write { database in
            let stays = try Deliveries.settle(delivery, outcome, at: end, chance: chance, database)
            if !stays {
                let notice = Notice(
                    .webhookDisabled, about: lane.webhook.rawValue, "The webhook \(lane.webhook) was disabled: see its last delivery.")
                try Notifications.record(notice, of: id, at: end, database)
            }
            return (stays, try Deliveries.nextDue(to: lane.webhook, database))
        }
        if !stays { await look(at: lane.tenant) }
        return next
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
