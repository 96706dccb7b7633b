import HTTPTypes
import Model
import NIOCore
import Store
import Synchronization
import Tenancy

/// What messages may cost that nobody asked for: wrong proofs by the address from which they come and the trigger that they
/// are for, accepted ones by trigger and tenant, and senders that wait.
final class InboundLimits: Sendable {
    /// Wrong proofs of one address for one trigger, in a quarter of an hour.
    static let wrongProofs = 60
    /// Of all tenants, and of each.
    static let waiting = (all: 200, tenant: 50)

    private let attempts = AddressLimit(wrongProofs)
    private let rates: RateLimiter
    private let waiters = Mutex<[TenantID: Int]>([:])

    /// `planned` is the rate of a tenant by its plan.
    init(_ limits: RateLimits, planned: @escaping @Sendable (TenantID) -> RatePolicy?) {
        rates = RateLimiter(RateLimits(caller: limits.webhook, tenant: limits.tenant), planned: planned)
    }

    /// Counts a message whose proof is wrong. Refuses where there were too many.
    func countWrongProof(_ place: String, from address: String) throws(Refusal) {
        if let tooMany = attempts.admit(address, at: Moment.now, place: place) { throw Self.refusal(tooMany) }
    }

    /// Refuses where too many proofs from an address were wrong: for what can be guessed, a right one is looked at no more then.
    /// A code cannot, and who is right by it is not kept out by others who share an address.
    func checkGuesses(_ place: String, from address: String) throws(Refusal) {
        if let tooMany = attempts.standing(address, at: Moment.now, place: place) { throw Self.refusal(tooMany) }
    }

    private static func refusal(_ tooMany: AttemptWindow.TooMany) -> Refusal {
        var headers = HTTPFields()
        headers[.retryAfter] = String(tooMany.seconds)
        return Refusal(
            .tooManyRequests, "rateLimited", "too many messages with a wrong signature came from this address",
            hint: "the next one is looked at in \(tooMany.seconds) seconds", headers: headers)
    }

    /// Takes the place of a message that was proved. Strangers cannot use them up.
    func checkRate(_ place: String, _ tenant: TenantID) throws(Refusal) {
        let sender = Principal("webhook \(place)", tenant: tenant, scopes: [])
        let (isAdmitted, standings) = rates.take(sender, now: NIODeadline.now().uptimeNanoseconds)
        if !isAdmitted { throw RateHeaders.refusal(standings) }
    }

    /// False where enough senders wait already. Each that begins ends.
    func beginWaiting(_ tenant: TenantID) -> Bool {
        waiters.withLock { waiters in
            guard waiters[tenant, default: 0] < Self.waiting.tenant, waiters.values.reduce(0, +) < Self.waiting.all else { return false }
            waiters[tenant, default: 0] += 1
            return true
        }
    }

    func endWaiting(_ tenant: TenantID) {
        waiters.withLock { waiters in
            let count = waiters[tenant, default: 1] - 1
            waiters[tenant] = count > 0 ? count : nil
        }
    }
}
