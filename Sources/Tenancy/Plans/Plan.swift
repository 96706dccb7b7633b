package import Model

/// What a tenant may use and what it pays: limits that the kernel and the API hold it to, and terms for what is counted.
package struct Plan: Sendable, Hashable {
    package let id: PlanID
    package let name: String
    /// Three letters of ISO 4217. All amounts are in its smallest unit.
    package let currency: String
    /// For a whole month.
    package let price: Int64
    /// What its tenants may use at once.
    package let quota: Quota
    /// How often its tenants may use the API, each by itself; nil for what the daemon's configuration says.
    package let rate: RatePolicy?
    /// What is said nothing about is neither limited nor paid for.
    package let meters: [Meter: MeterTerms]

    package static let mostMoney: Int64 = 1_000_000_000_000

    /// Reads a plan strictly. Parts of the quota that are left out are an ordinary tenant's. Throws `invalidInput` with the
    /// JSON pointer of the place.
    package init(_ id: PlanID, _ value: JSONValue) throws(Problem) {
        var members = try JSONObjectReader(value)
        let name = try members.string("name")
        guard (1...60).contains(name.count), name.unicodeScalars.allSatisfy({ !$0.isControl }) else {
            throw Problem(.invalidInput, "/name: expected 1 to 60 characters in one line")
        }
        let currency = try members.string("currency")
        guard currency.utf8.count == 3, currency.utf8.allSatisfy((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains) else {
            throw Problem(.invalidInput, "/currency: not a currency: \(currency.prefix(10).debugDescription)", hint: "three letters of ISO 4217, as EUR")
        }
        let price = try members.optionalInteger("price") ?? 0
        guard (0...Self.mostMoney).contains(price) else {
            throw Problem(.invalidInput, "/price: out of range: \(price)", hint: "0 to \(Self.mostMoney), in the currency's smallest unit")
        }
        quota = try members.take("quota").map { (value) throws(Problem) in try Quota(plan: value) } ?? .ordinary
        rate = try members.take("rate").map { (value) throws(Problem) in try RatePolicy(plan: value) }
        var meters: [Meter: MeterTerms] = [:]
        if let value = members.take("meters") {
            var terms = try JSONObjectReader(value, at: "/meters")
            for meter in Meter.allCases {
                guard let value = terms.take(meter.rawValue) else { continue }
                meters[meter] = try MeterTerms(value, at: "/meters/\(meter.rawValue)", isEnding: meter.isEnding)
            }
            try terms.finish()
        }
        try members.finish()
        (self.id, self.name, self.currency, self.price, self.meters) = (id, name, currency, price, meters)
    }

    /// What can be edited, complete; `init` reads it back.
    package var json: JSONValue {
        [
            "name": .string(name), "currency": .string(currency), "price": .integer(price),
            "quota": [
                "memory": .integer(quota.memory.bytes), "processes": JSONValue(quota.processes), "cpu": .number(quota.cpu),
                "cpuWeight": JSONValue(quota.cpuWeight), "disk": .integer(quota.disk.bytes),
            ],
            "rate": rate.map { ["requests": JSONValue($0.requests), "window": JSONValue($0.window)] } ?? .null,
            "meters": .object(Dictionary(uniqueKeysWithValues: meters.map { ($0.key.rawValue, $0.value.json) })),
        ]
    }
}

extension Quota {
    fileprivate init(plan value: JSONValue) throws(Problem) {
        var members = try JSONObjectReader(value, at: "/quota")
        func count(_ name: String, _ value: Int64?) throws(Problem) -> Int? {
            guard let value else { return nil }
            guard let count = Int32(exactly: value) else { throw Problem(.invalidInput, "/quota/\(name): out of range: \(value)") }
            return Int(count)
        }
        var quota = Quota.ordinary
        if let bytes = try members.optionalInteger("memory") { quota.memory = ByteSize(bytes: bytes) }
        if let processes = try count("processes", try members.optionalInteger("processes")) { quota.processes = processes }
        if let cpu = try members.optionalNumber("cpu") { quota.cpu = cpu }
        if let weight = try count("cpuWeight", try members.optionalInteger("cpuWeight")) { quota.cpuWeight = weight }
        if let bytes = try members.optionalInteger("disk") { quota.disk = ByteSize(bytes: bytes) }
        try members.finish()
        do throws(Problem) { self = try quota.validated() } catch {
            throw Problem(.invalidInput, "/quota: \(error.message)", hint: error.hint)
        }
    }
}

extension RatePolicy {
    fileprivate init(plan value: JSONValue) throws(Problem) {
        var members = try JSONObjectReader(value, at: "/rate")
        func number(_ name: String, _ value: Int64?, most: Int) throws(Problem) -> Int {
            guard let value else { throw Problem(.invalidInput, "/rate/\(name): missing") }
            guard (1...Int64(most)).contains(value) else {
                throw Problem(.invalidInput, "/rate/\(name): out of range: \(value)", hint: "1 to \(most)")
            }
            return Int(value)
        }
        let requests = try number("requests", try members.optionalInteger("requests"), most: Self.mostRequests)
        let window = try number("window", try members.optionalInteger("window"), most: Self.longestWindow)
        try members.finish()
        self.init(requests: requests, window: window)
    }
}
