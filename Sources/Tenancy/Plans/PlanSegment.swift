import Model

/// The time in which a tenant had a plan, with the terms as they were then. In seconds since 1970, both whole hours.
package struct PlanSegment: Sendable, Hashable {
    package let plan: Plan
    package let from: Int64
    package let to: Int64

    package init(_ plan: Plan, from: Int64, to: Int64) {
        self.plan = plan
        self.from = from
        self.to = to
    }

    /// The segments within a month of what was chosen when, the oldest first; nil is no plan from then on.
    package static func segments(_ choices: [(since: Int64, plan: Plan?)], in month: BillingMonth, until end: Int64) -> [PlanSegment] {
        let end = min(end, month.end)
        var segments: [PlanSegment] = []
        for (index, choice) in choices.enumerated() {
            let from = max(choice.since, month.start)
            let to = min(index + 1 < choices.count ? choices[index + 1].since : end, end)
            if let plan = choice.plan, from < to { segments.append(PlanSegment(plan, from: from, to: to)) }
        }
        return segments
    }
}
