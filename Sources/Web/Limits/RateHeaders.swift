import HTTPTypes
import Tenancy

/// What the IETF draft `draft-ietf-httpapi-ratelimit-headers` has an answer say about rates: policies in
/// `RateLimit-Policy`, what is left of them in `RateLimit`, both lists of structured fields (RFC 9651).
enum RateHeaders {
    static func add(_ standings: [RateStanding], to headers: inout HTTPFields) {
        guard !standings.isEmpty else { return }
        headers[.rateLimitPolicy] = standings.map { "\"\($0.name)\";q=\($0.policy.requests);w=\($0.policy.window)" }
            .joined(separator: ", ")
        headers[.rateLimit] = standings.map { "\"\($0.name)\";r=\($0.remaining);t=\($0.reset)" }.joined(separator: ", ")
    }

    /// Why a request was not let in, and when it will be.
    static func refusal(_ standings: [RateStanding]) -> Refusal {
        let violated = standings.filter { $0.wait > 0 }
        let wait = violated.map(\.wait).max() ?? 1
        let told = violated.map { "\($0.policy.requests) requests in \($0.policy.window) seconds for each \($0.name)" }
        var headers = HTTPFields()
        headers[.retryAfter] = String(wait)
        var refusal = Refusal(
            .tooManyRequests, "rateLimited", "too many requests: \(told.joined(separator: "; "))",
            hint: "the next one is let in in \(wait) \(wait == 1 ? "second" : "seconds")", headers: headers)
        refusal.violatedPolicies = violated.map(\.name)
        return refusal
    }
}

extension HTTPField.Name {
    static let rateLimit = HTTPField.Name("RateLimit")!
    static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy")!
}
