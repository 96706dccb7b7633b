import Model

/// When and how often a failed attempt is made again.
package struct RetryPolicy: Sendable, Hashable {
    package enum Backoff: String, Sendable, CaseIterable {
        case constant, linear, exponential
    }

    /// Attempts in all, the first one too.
    package var attempts = 3
    /// Before the second attempt; with `backoff`, the base of the others.
    package var delay: Duration = .seconds(1)
    package var backoff: Backoff = .exponential
    /// No wait is longer than this, jitter left aside.
    package var longest: Duration = .seconds(3600)
    /// Added to each wait: a span up to this, drawn anew each time.
    package var jitter: Duration = .zero
    /// From the first attempt; no attempt begins after it.
    package var within: Duration?
    /// Codes of errors that are worth another attempt, `http.5xx` for all of them; all but those that cannot change where it is
    /// empty.
    package var only: Set<String> = []

    /// What no repetition changes: the caller, the configuration or the rights must.
    package static let final: Set<String> = [
        Problem.Code.invalidInput.rawValue, Problem.Code.invalidConfiguration.rawValue,
        Problem.Code.permissionDenied.rawValue, Problem.Code.unsupported.rawValue, StepError.expressionCode,
        StepError.raisedCode, StepError.noConnectorCode,
    ]

    /// Whether an error is worth another attempt. Of the statuses of HTTP those are that speak of the moment and not of the
    /// request (RFC 9110, section 15; RFC 6585, section 4), where the author names none.
    private func isWorthwhile(_ code: String) -> Bool {
        let status = HTTPStatus(code: code)
        guard only.isEmpty else { return only.contains(code) || status.map { only.contains($0.family) } ?? false }
        return !Self.final.contains(code) && status.map(\.mayPass) ?? true
    }

    /// Milliseconds to wait after attempt number `attempt` (from 1) failed with `code` at `now`, both times in milliseconds;
    /// nil where that was the last. `asked` is how long the other side asks for at least; `longest` bounds it too.
    package func wait(
        after attempt: Int, code: String, asked: Int64 = 0, began: Int64, now: Int64, random: inout some RandomNumberGenerator
    ) -> Int64? {
        guard attempt < attempts, isWorthwhile(code) else { return nil }
        let base = max(0, delay.milliseconds)
        let ceiling = max(0, longest.milliseconds)
        var wait: Int64
        switch backoff {
        case .constant: wait = base
        case .linear: wait = saturatingProduct(base, Int64(attempt))
        case .exponential: wait = attempt > 40 ? ceiling : saturatingProduct(base, 1 << (attempt - 1))
        }
        wait = min(max(wait, asked), ceiling)
        if jitter > .zero { wait += Int64.random(in: 0...jitter.milliseconds, using: &random) }
        if let within, now - began + wait > within.milliseconds { return nil }
        return wait
    }
}

/// The product, or the largest number where it has none.
private func saturatingProduct(_ left: Int64, _ right: Int64) -> Int64 {
    let (product, overflows) = left.multipliedReportingOverflow(by: right)
    return overflows ? .max : product
}
