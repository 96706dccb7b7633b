import DequeModule
import Model

/// Who may start next: at most `slots` at a time, and among those who wait the tenants in turn. Pure.
///
/// A tenant that starts a hundred children delays another's one by at most one start of its own.
struct TurnQueue {
    /// Names one turn, from its request to its end.
    struct Turn: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private let slots: Int
    private var lastNumber: UInt64 = 0
    private var active: Set<Turn> = []
    private var waiting: [TenantID: Deque<Turn>] = [:]
    /// The tenants with someone who waits, the next one first.
    private var ring: Deque<TenantID> = []

    init(slots: Int) { self.slots = max(1, slots) }

    mutating func request(for tenant: TenantID) -> Turn {
        lastNumber += 1
        let turn = Turn(number: lastNumber)
        if waiting[tenant] == nil { ring.append(tenant) }
        waiting[tenant, default: []].append(turn)
        return turn
    }

    /// The next turn, where one is free and somebody waits; it lasts until `end`.
    mutating func next() -> Turn? {
        guard active.count < slots, let tenant = ring.popFirst(), let turn = waiting[tenant]?.popFirst() else { return nil }
        if waiting[tenant]?.isEmpty == true { waiting[tenant] = nil } else { ring.append(tenant) }
        active.insert(turn)
        return turn
    }

    /// Ends a turn; again does nothing.
    mutating func end(_ turn: Turn) { active.remove(turn) }
}
