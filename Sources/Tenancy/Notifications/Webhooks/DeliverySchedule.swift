import Model

/// When a message is tried again. Pure.
package enum DeliverySchedule {
    /// Between two tries: ten tries over about three days, as Standard Webhooks proposes.
    package static let pauses: [Duration] = [
        .seconds(5), .seconds(300), .seconds(1800), .seconds(7200), .seconds(18_000), .seconds(36_000), .seconds(50_400),
        .seconds(72_000), .seconds(86_400),
    ]
    package static let tries = pauses.count + 1
    /// A receiver cannot put us off for longer.
    package static let longestWish: Int64 = 86_400_000

    /// Milliseconds from a failed try, which was the `attempt`th, to the next one; nil after the last.
    ///
    /// `chance` is from 0 to 1: each pause is up to a tenth shorter or longer, so that what failed together does not come
    /// together again. `wish` is what the receiver asked for.
    package static func pause(after attempt: Int, wish: Int64? = nil, chance: Double) -> Int64? {
        guard attempt >= 1, attempt <= pauses.count else { return nil }
        let pause = Double(pauses[attempt - 1].milliseconds) * (0.9 + 0.2 * min(1, max(0, chance)))
        return max(Int64(pause), min(max(0, wish ?? 0), longestWish))
    }
}
