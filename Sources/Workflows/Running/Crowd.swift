import Model
import Synchronization

/// Which tenants asked for runs lately: one with very many of them makes room for others, where there are others.
final class Crowd: Sendable {
    private struct Visit {
        let tenant: TenantID
        var time: ContinuousClock.Instant
    }

    /// The last two tenants that asked: enough to know of anybody whether there is another.
    private let last = Mutex<(newest: Visit?, other: Visit?)>((nil, nil))
    /// How long a tenant is remembered.
    private static let patience = Duration.seconds(1)

    func note(_ tenant: TenantID, at now: ContinuousClock.Instant = .now) {
        last.withLock { last in
            if last.newest?.tenant != tenant { last.other = last.newest }
            last.newest = Visit(tenant: tenant, time: now)
        }
    }

    /// Whether somebody else asked a moment ago.
    func hasOthers(than tenant: TenantID, at now: ContinuousClock.Instant = .now) -> Bool {
        let (newest, other) = last.withLock { $0 }
        guard let visit = newest?.tenant != tenant ? newest : other else { return false }
        return now - visit.time <= Self.patience
    }
}
