import HTTPTypes
import Model
import NIOCore
import Store
import Tenancy

/// What links may cost, which whoever has one opens without a key: guesses by the address from which they come, uses by link
/// and tenant.
final class LinkLimits: Sendable {
    /// Texts of one address that opened nothing, in a quarter of an hour.
    static let wrongTokens = 60

    private let attempts = AddressLimit(wrongTokens)
    private let rates: RateLimiter

    /// `planned` is the rate of a tenant by its plan.
    init(_ limits: RateLimits, planned: @escaping @Sendable (TenantID) -> RatePolicy?) {
        rates = RateLimiter(RateLimits(caller: limits.webhook, tenant: limits.tenant), planned: planned)
    }

    /// Refuses an address from which too many texts opened nothing, whatever it asks for now. Nobody guesses one in time; this
    /// spares the tenants' databases the trying.
    func check(_ address: String) throws(Refusal) {
        guard let tooMany = attempts.standing(address, at: Moment.now) else { return }
        var headers = HTTPFields()
        headers[.retryAfter] = String(tooMany.seconds)
        throw Refusal(
            .tooManyRequests, "rateLimited", "too many links that open nothing were tried from this address",
            hint: "the next one is looked at in \(tooMany.seconds) seconds", headers: headers)
    }

    /// Counts a text that opened nothing.
    func countWrong(_ address: String) { _ = attempts.admit(address, at: Moment.now) }

    /// Takes the place of a use of a link that is known. Strangers cannot use them up, nor do they count with messages.
    func checkRate(_ link: WorkflowLinkID, _ tenant: TenantID) throws(Refusal) {
        let user = Principal("link \(tenant)/\(link)", tenant: tenant, scopes: [])
        let (isAdmitted, standings) = rates.take(user, now: NIODeadline.now().uptimeNanoseconds)
        if !isAdmitted { throw RateHeaders.refusal(standings) }
    }
}
