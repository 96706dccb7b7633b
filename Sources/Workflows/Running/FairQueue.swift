/// Whose turn it is: tenants one after the other by deficit round robin (Shreedhar and Varghese, 1996), and within each the
/// highest priority first, then the oldest. A tenant that floods it waits behind itself.
struct FairQueue<Tenant: Hashable & Sendable, Element: Sendable>: Sendable {
    private struct Line: Sendable {
        var byPriority: [Int: [Element]] = [:]
        var heads: [Int: Int] = [:]
        var count = 0
        var deficit = 0

        mutating func removeFirst() -> Element? {
            guard let priority = byPriority.keys.max(), let elements = byPriority[priority] else { return nil }
            let head = heads[priority] ?? 0
            let element = elements[head]
            count -= 1
            if head + 1 == elements.count {
                byPriority[priority] = nil
                heads[priority] = nil
            } else if head > 64, head * 2 > elements.count {
                byPriority[priority] = Array(elements[(head + 1)...])
                heads[priority] = 0
            } else {
                heads[priority] = head + 1
            }
            return element
        }
    }

    private var lines: [Tenant: Line] = [:]
    private var order: [Tenant] = []
    private var position = 0
    /// What a tenant gets in each round, in the unit of `cost`.
    let quantum: Int

    init(quantum: Int = 1) { self.quantum = max(1, quantum) }

    var count: Int { lines.values.reduce(0) { $0 + $1.count } }
    var isEmpty: Bool { order.isEmpty }

    /// Those who have something here, in the order of their turns.
    var tenants: [Tenant] { order }

    func count(of tenant: Tenant) -> Int { lines[tenant]?.count ?? 0 }

    mutating func append(_ element: Element, of tenant: Tenant, priority: Int = 0) {
        if lines[tenant] == nil { order.append(tenant) }
        lines[tenant, default: Line()].byPriority[priority, default: []].append(element)
        lines[tenant]?.count += 1
    }

    /// Takes out whose turn it is among the tenants that `mayGo`; nil where there is none.
    mutating func next(where mayGo: (Tenant) -> Bool = { _ in true }) -> (tenant: Tenant, element: Element)? {
        for _ in 0..<order.count {
            if position >= order.count { position = 0 }
            let tenant = order[position]
            guard mayGo(tenant), var line = lines[tenant] else {
                position += 1
                continue
            }
            if line.deficit <= 0 { line.deficit += quantum }
            guard let element = line.removeFirst() else { return nil }
            line.deficit -= 1
            if line.count == 0 {
                lines[tenant] = nil
                order.remove(at: position)
            } else {
                lines[tenant] = line
                if line.deficit <= 0 { position += 1 }
            }
            return (tenant, element)
        }
        return nil
    }
}
