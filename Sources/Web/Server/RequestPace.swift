import Model

/// Judges whether a client keeps up. Only the time in which the daemon waited for it counts against it.
struct RequestPace {
    enum Event {
        case head
        case body(Int)
        case end
        /// More is wanted from the client; nothing is, until it is said again.
        case wanted
        case answered
        case writable(Bool)
        case tick
    }

    enum Verdict: Equatable {
        case fine
        /// Nothing was begun: the connection is at its end like any other.
        case idle
        case tooSlow
    }

    /// What may come of a body after its request was answered, before the connection is given up.
    static let spillLimit = 1 << 20

    private let times: WebSettings.Times
    private var headDeadline: ContinuousClock.Instant?
    private var isFirst = true
    private var isBodyOpen = false
    /// Requests that came and were not answered yet.
    private var unanswered = 0
    private var waitingSince: ContinuousClock.Instant?
    private var waited = Duration.zero
    private var received = 0
    private var spilled = 0
    private var stuckSince: ContinuousClock.Instant?
    /// Until when the rest of a body may come whose request was answered before: nobody may be reading it.
    private var spillDeadline: ContinuousClock.Instant?

    init(_ times: WebSettings.Times, now: ContinuousClock.Instant) {
        self.times = times
        headDeadline = now + times.header
    }

    mutating func handle(_ event: Event, at now: ContinuousClock.Instant) -> Verdict {
        switch event {
        case .head:
            (headDeadline, isFirst, isBodyOpen) = (nil, false, true)
            unanswered += 1
            (waitingSince, waited, received, spilled, spillDeadline) = (nil, .zero, 0, 0, nil)
        case .body(let count):
            rest(now)
            received += count
            guard unanswered == 0 else { break }
            spilled += count
            if spilled > Self.spillLimit { return .tooSlow }
        case .end:
            rest(now)
            (isBodyOpen, spillDeadline) = (false, nil)
            expectHead(now)
        case .wanted:
            if isBodyOpen, waitingSince == nil { waitingSince = now }
        case .answered:
            unanswered = max(0, unanswered - 1)
            if isBodyOpen, unanswered == 0 { spillDeadline = now + times.grace }
            expectHead(now)
        case .writable(let isWritable): stuckSince = isWritable ? nil : now
        case .tick: return judge(now)
        }
        return .fine
    }

    private mutating func rest(_ now: ContinuousClock.Instant) {
        if let since = waitingSince { waited += now - since }
        waitingSince = nil
    }

    private mutating func expectHead(_ now: ContinuousClock.Instant) {
        if !isBodyOpen, unanswered == 0 { headDeadline = now + times.idle }
    }

    private func judge(_ now: ContinuousClock.Instant) -> Verdict {
        if let headDeadline, now >= headDeadline { return isFirst ? .tooSlow : .idle }
        if let spillDeadline, now >= spillDeadline { return .tooSlow }
        if let stuckSince, now - stuckSince >= times.stall { return .tooSlow }
        guard isBodyOpen else { return .fine }
        let total = waited + (waitingSince.map { now - $0 } ?? .zero)
        let owed = Double(times.rate.bytes) * Double(total.milliseconds) / 1000
        return total > times.grace && Double(received) < owed ? .tooSlow : .fine
    }
}
