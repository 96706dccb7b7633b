/// How a tenant stands with one meter in a month.
package struct UsageStanding: Sendable, Hashable {
    package enum Level: String, Sendable, CaseIterable {
        case within
        /// Four fifths of what the plan allows, or includes, are used.
        case near
        /// Used up: more is refused.
        case reached
    }

    package let meter: Meter
    /// As the ledger counts.
    package let used: Int64
    /// Nil where the plan says nothing about the meter.
    package let terms: MeterTerms?

    package init(_ meter: Meter, used: Int64, terms: MeterTerms?) {
        self.meter = meter
        self.used = used
        self.terms = terms
    }

    /// Where use is refused, as the ledger counts; nil for nowhere.
    package var limit: Int64? { terms?.limit.map { $0 * meter.scale } }

    /// What is left until use is refused.
    package var left: Int64? { limit.map { max(0, $0 - used) } }

    package var level: Level {
        guard let terms else { return .within }
        if let limit, used >= limit { return .reached }
        let measure = limit ?? terms.included * meter.scale
        return measure > 0 && used >= measure - measure / 5 ? .near : .within
    }
}
