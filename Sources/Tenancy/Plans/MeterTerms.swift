import Model

/// What a plan says about one meter, in whole units of people: calls, seconds, bytes.
package struct MeterTerms: Sendable, Hashable {
    /// Each begun `per` beyond what is included costs `amount`, in the smallest unit of the plan's currency.
    package struct Price: Sendable, Hashable {
        package let amount: Int64
        package let per: Int64

        package init(amount: Int64, per: Int64) {
            self.amount = amount
            self.per = per
        }
    }

    /// Free in a month.
    package let included: Int64
    /// Where use is refused in a month; nil where it is only paid for.
    package let limit: Int64?
    package let price: Price?

    /// So many, counted in microseconds, still fit 64 bits.
    package static let most: Int64 = 9_000_000_000_000

    package init(included: Int64, limit: Int64? = nil, price: Price? = nil, isEnding: Bool = true) {
        self.included = included
        // What has no price ends where it is no longer free.
        self.limit = limit ?? (price == nil && isEnding ? included : nil)
        self.price = price
    }

    /// Reads `{"included", "limit", "price": {"amount", "per"}}` strictly.
    init(_ value: JSONValue, at pointer: String, isEnding: Bool = true) throws(Problem) {
        var members = try JSONObjectReader(value, at: pointer)
        func number(_ name: String, _ value: Int64?, from least: Int64, to most: Int64, at pointer: String) throws(Problem) -> Int64? {
            guard let value, !(least...most).contains(value) else { return value }
            throw Problem(.invalidInput, "\(pointer)/\(name): out of range: \(value)", hint: "\(least) to \(most)")
        }
        let included = try number("included", try members.optionalInteger("included"), from: 0, to: Self.most, at: pointer) ?? 0
        let limit = try number("limit", try members.optionalInteger("limit"), from: 0, to: Self.most, at: pointer)
        var price: Price?
        if let value = members.take("price") {
            let place = pointer + "/price"
            var parts = try JSONObjectReader(value, at: place)
            let amount = try number("amount", try parts.optionalInteger("amount"), from: 0, to: Plan.mostMoney, at: place)
            let per = try number("per", try parts.optionalInteger("per"), from: 1, to: Self.most, at: place)
            try parts.finish()
            guard let amount else { throw Problem(.invalidInput, "\(place)/amount: missing") }
            price = Price(amount: amount, per: per ?? 1)
        }
        try members.finish()
        if limit != nil, !isEnding {
            throw Problem(.invalidInput, "\(pointer)/limit: this meter has none", hint: "the quota `disk` bounds what a tenant keeps")
        }
        if let limit, limit < included {
            throw Problem(.invalidInput, "\(pointer)/limit: smaller than what is included: \(limit)")
        }
        if let limit, limit > included, price == nil {
            throw Problem(
                .invalidInput, "\(pointer)/price: missing", hint: "say what is to be paid between included and limit; 0 is a price")
        }
        self.init(included: included, limit: limit, price: price, isEnding: isEnding)
    }

    var json: JSONValue {
        [
            "included": .integer(included), "limit": JSONValue(limit),
            "price": price.map { ["amount": .integer($0.amount), "per": .integer($0.per)] } ?? .null,
        ]
    }
}
