import Model

/// How many values the operations and the filters of one request may look at together, so that a small request is never
/// long work.
struct SCIMBudget: Sendable {
    static let most = 500_000

    private var left = most

    /// Takes the cost of something that is done to so many values; `wayOut` is what the client can do instead.
    mutating func take(_ cost: Int = 1, over values: Int, wayOut: String) throws(SCIMFault) {
        let (whole, isOver) = cost.multipliedReportingOverflow(by: values)
        guard !isOver, whole <= left else {
            throw SCIMFault(.tooMany, "the request looks at more than \(Self.most) values; \(wayOut)")
        }
        left -= whole
    }
}

extension SCIMFilter {
    /// What it costs to ask it of one value: its terms, those with long texts counting more.
    var cost: Int {
        switch self {
        case .and(let filters), .or(let filters): filters.reduce(1) { $0 + $1.cost }
        case .not(let filter), .element(_, let filter): 1 + filter.cost
        case .present: 1
        case .compare(_, _, let value): 1 + (value.string?.utf8.count ?? 0) / 64
        }
    }
}
