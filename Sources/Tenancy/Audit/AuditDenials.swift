import Model

/// Counts what is denied again and again, so that a flood of it leaves one entry a minute and kind. Pure.
struct AuditDenials {
    /// What counts as the same.
    struct Kind: Hashable {
        var place: AuditPlace
        var principal: String
        var door: AuditAttempt.Door
        var method: String
        var tenant: TenantID?
        var outcome: String
    }

    struct Repeat {
        var kind: Kind
        /// The last of them.
        var attempt: AuditAttempt
        var count: Int64
    }

    private struct Count {
        /// When counting began, in milliseconds of any clock.
        var since: Int64
        var repeats: Int64 = 0
        var last: AuditAttempt
    }

    static let interval: Int64 = 60_000
    /// Kinds that are told apart at a time; what is beyond counts as one kind for each log.
    static let limit = 1024
    static let various = "(various)"

    private var counts: [Kind: Count] = [:]

    /// The entry to write at once; nil where it is only counted.
    mutating func note(
        _ attempt: AuditAttempt, outcome: String, times: Int64 = 1, in place: AuditPlace, at time: Int64
    ) -> AuditAttempt? {
        var attempt = attempt
        var kind = Kind(
            place: place, principal: attempt.principal, door: attempt.door, method: attempt.method, tenant: attempt.tenant,
            outcome: outcome)
        if counts[kind] == nil, counts.count >= Self.limit {
            attempt = AuditAttempt(
                request: attempt.request, principal: Self.various, door: attempt.door, method: Self.various,
                tenant: place.tenant, subject: "")
            kind.principal = Self.various
            kind.method = Self.various
            kind.tenant = place.tenant
        }
        guard counts[kind] != nil else {
            counts[kind] = Count(since: time, last: attempt)
            return attempt
        }
        counts[kind]?.repeats += times
        counts[kind]?.last = attempt
        return nil
    }

    /// Takes out what has been counted for a whole interval; everything, where all shall be told now.
    mutating func take(at time: Int64, all: Bool = false) -> [Repeat] {
        var repeats: [Repeat] = []
        for (kind, count) in counts where all || time - count.since >= Self.interval {
            guard count.repeats > 0 else {
                counts[kind] = nil
                continue
            }
            repeats.append(Repeat(kind: kind, attempt: count.last, count: count.repeats))
            // Counting goes on without an entry for the next one alone: a flood shall not have two entries an interval.
            counts[kind] = Count(since: time, last: count.last)
        }
        return repeats
    }

    mutating func forget(_ place: AuditPlace) { counts = counts.filter { $0.key.place != place } }
}
