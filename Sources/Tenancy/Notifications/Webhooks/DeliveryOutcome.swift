/// What came of one try.
package enum DeliveryOutcome: Sendable, Hashable {
    /// An answer; `retryAfter` is the time that the receiver asked for, in milliseconds.
    case answered(status: Int, retryAfter: Int64?)
    /// No answer, with why.
    case failed(String)
    /// The daemon stops: it was no try.
    case interrupted
}

/// What follows from the outcome of a try. Pure.
enum DeliveryVerdict: Hashable {
    case delivered
    /// In so many milliseconds.
    case again(in: Int64)
    case exhausted
    /// The webhook wants nothing more, or has failed for too long: why.
    case disable(String)

    /// After so long without one success a webhook is disabled.
    static let longestFailure: Int64 = 5 * 86_400_000

    /// `attempts` counts this one; `failingFor` is how long every try has failed.
    init(_ outcome: DeliveryOutcome, attempts: Int, failingFor: Int64, chance: Double) {
        var wish: Int64?
        if case .answered(let status, let retryAfter) = outcome {
            if (200...299).contains(status) {
                self = .delivered
                return
            }
            if status == 410 {
                self = .disable("it answered 410 Gone")
                return
            }
            if status == 429 || status == 503 { wish = retryAfter }
        }
        if failingFor >= Self.longestFailure {
            self = .disable("nothing was delivered for \(Self.longestFailure / 86_400_000) days")
        } else if let pause = DeliverySchedule.pause(after: attempts, wish: wish, chance: chance) {
            self = .again(in: pause)
        } else {
            self = .exhausted
        }
    }
}

extension DeliveryOutcome {
    var status: Int? { if case .answered(let status, _) = self { status } else { nil } }

    var detail: String? {
        switch self {
        case .answered(let status, _) where (300...399).contains(status): "redirects are not followed"
        case .answered, .interrupted: nil
        case .failed(let reason): String(reason.prefix(300))
        }
    }
}
