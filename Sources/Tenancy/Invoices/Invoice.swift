package import Model

/// What a tenant owes for a month: lines from the ledger, priced by the plans that it had. Tax is the affair of whoever
/// collects the money.
package struct Invoice: Sendable, Hashable {
    package struct Line: Sendable, Hashable {
        package let segment: PlanSegment
        /// Nil for the plan's own price.
        package let meter: Meter?
        /// As the ledger counts; for the plan's price seconds.
        package let used: Int64
        package let included: Int64
        /// In the smallest unit of the plan's currency.
        package let amount: Int64
    }

    package let tenant: TenantID
    package let month: BillingMonth
    package let lines: [Line]
    /// Whether nothing can be added to it any more.
    package let isFinal: Bool

    /// `used` tells what the ledger has for a segment. A plan that was had for a part of the month costs, and includes, that
    /// part of it, in seconds: prices rounded to the nearest, what is included rounded down.
    package init(
        _ tenant: TenantID, _ month: BillingMonth, _ segments: [PlanSegment], isFinal: Bool, used: (PlanSegment) -> [Meter: Int64]
    ) {
        self.tenant = tenant
        self.month = month
        self.isFinal = isFinal
        lines = segments.flatMap { segment in
            let time = segment.to - segment.from
            let base = Self.part(segment.plan.price &* 2, time, of: month.length)
            let amounts = used(segment)
            let first = Line(segment: segment, meter: nil, used: time, included: 0, amount: base / 2 + base % 2)
            return [first]
                + Meter.allCases.compactMap { meter in
                    guard let terms = segment.plan.meters[meter] else { return nil }
                    let included = Self.part(terms.included * meter.scale, time, of: month.length)
                    let used = amounts[meter] ?? 0
                    return Line(
                        segment: segment, meter: meter, used: used, included: included,
                        amount: Self.price(of: max(0, used - included), terms.price, scale: meter.scale))
                }
        }
    }

    /// By currency: a tenant may have had plans of several.
    package var totals: [String: Int64] {
        lines.reduce(into: [:]) { totals, line in
            let sum = totals[line.segment.plan.currency, default: 0].addingReportingOverflow(line.amount)
            totals[line.segment.plan.currency] = sum.overflow ? .max : sum.partialValue
        }
    }

    /// That part of a value, rounded down. `part` is at most `whole`.
    private static func part(_ value: Int64, _ part: Int64, of whole: Int64) -> Int64 {
        whole.dividingFullWidth(value.multipliedFullWidth(by: part)).quotient
    }

    private static func price(of amount: Int64, _ price: MeterTerms.Price?, scale: Int64) -> Int64 {
        guard let price, amount > 0 else { return 0 }
        let step = price.per * scale
        let sum = (amount / step + (amount % step > 0 ? 1 : 0)).multipliedReportingOverflow(by: price.amount)
        return sum.overflow ? .max : sum.partialValue
    }
}

extension Invoice {
    /// Moments are written by `text`, from seconds since 1970.
    package func json(_ text: (Int64) -> String) -> JSONValue {
        [
            "tenant": .string(tenant.rawValue), "month": .string(month.description), "isFinal": .bool(isFinal),
            "lines": .array(lines.map { $0.json(text) }),
            "totals": .array(
                totals.sorted { $0.key < $1.key }.map { ["currency": .string($0.key), "amount": .integer($0.value)] }),
        ]
    }
}

extension Invoice.Line {
    fileprivate func json(_ text: (Int64) -> String) -> JSONValue {
        let price = meter.flatMap { segment.plan.meters[$0]?.price }
        return [
            "plan": .string(segment.plan.id.rawValue), "planName": .string(segment.plan.name), "from": .string(text(segment.from)),
            "to": .string(text(segment.to)), "item": .string(meter?.rawValue ?? "plan"),
            "quantity": meter.map { $0.amount(used) } ?? .integer(used), "included": meter.map { $0.amount(included) } ?? .null,
            "price": meter == nil
                ? ["amount": .integer(segment.plan.price), "per": .null]
                : price.map { ["amount": .integer($0.amount), "per": .integer($0.per)] } ?? .null,
            "currency": .string(segment.plan.currency), "amount": .integer(amount),
        ]
    }
}

extension Meter {
    /// What the ledger counts in the units of people: whole, or with the parts of a second.
    package func amount(_ counted: Int64) -> JSONValue {
        scale == 1 ? .integer(counted) : .number(Double(counted) / Double(scale))
    }
}
