import Model

/// Where messages to one webhook go, one after the other; or the mails of a tenant.
struct DeliveryLane: Hashable, Sendable {
    let tenant: TenantID
    /// Nil for its mails.
    let webhook: WebhookID?
}

/// Which webhook is served next. Pure.
///
/// A webhook has one message on its way at a time, a tenant a few, the daemon some dozens, of which a few are mails. The tenant whose turn is longest
/// ago comes first, so that nobody waits behind another's slow receivers.
struct DeliveryPlan {
    static let lanesOfTenant = 4
    static let lanesOfAll = 64
    /// Programs of the host that send mails, at once.
    static let mailLanes = 4

    private var due: [DeliveryLane: Int64] = [:]
    private var busy: Set<DeliveryLane> = []
    private var busyTenants: [TenantID: Int] = [:]
    private var lastTurn: [TenantID: UInt64] = [:]
    private var turn: UInt64 = 0

    var waiting: Int { due.count }
    var onTheWay: Int { busy.count }

    /// Something is due at a webhook; what is known of an earlier time stays.
    mutating func add(_ lane: DeliveryLane, due time: Int64) { due[lane] = min(time, due[lane] ?? .max) }

    /// The webhook whose turn it is; `finish` gives its place back.
    mutating func next(at now: Int64) -> DeliveryLane? {
        guard busy.count < Self.lanesOfAll else { return nil }
        let mails = busy.count(where: { $0.webhook == nil })
        let ready = due.filter { lane, time in
            time <= now && !busy.contains(lane) && (busyTenants[lane.tenant] ?? 0) < Self.lanesOfTenant
                && (lane.webhook != nil || mails < Self.mailLanes)
        }
        let first = ready.min { left, right in
            (lastTurn[left.key.tenant] ?? 0, left.value) < (lastTurn[right.key.tenant] ?? 0, right.value)
        }
        guard let lane = first?.key else { return nil }
        turn += 1
        lastTurn[lane.tenant] = turn
        due[lane] = nil
        busy.insert(lane)
        busyTenants[lane.tenant, default: 0] += 1
        return lane
    }

    /// A webhook is free again; `next` is when its next message is due, nil where none is.
    mutating func finish(_ lane: DeliveryLane, next: Int64?) {
        busy.remove(lane)
        busyTenants[lane.tenant, default: 1] -= 1
        if busyTenants[lane.tenant] == 0 { busyTenants[lane.tenant] = nil }
        if let next { add(lane, due: next) }
        if busyTenants[lane.tenant] == nil, !due.keys.contains(where: { $0.tenant == lane.tenant }) {
            lastTurn[lane.tenant] = nil
        }
    }
}
