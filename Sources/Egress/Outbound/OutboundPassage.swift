import NIOCore
import Synchronization

/// How far a request of the daemon's own has come, and what it has moved.
final class OutboundPassage: Sendable {
    private let account: EgressAccount?
    private let begun = Atomic(false)
    private let resumption = Atomic<UInt64>(0)

    init(_ account: EgressAccount?) { self.account = account }

    /// Whether something of the request may have reached the other side.
    var hasBegun: Bool { begun.load(ordering: .acquiring) }

    func begin() { begun.store(true, ordering: .releasing) }

    func sends(_ bytes: Int) { note(account?.spend(sent: bytes)) }

    /// Throws `volumeUsedUp`.
    func receives(_ bytes: Int) throws(Refusal) {
        let verdict = account?.spend(received: bytes)
        if case .usedUp = verdict, let account { throw account.volumeUsedUp }
        note(verdict)
    }

    private func note(_ verdict: EgressAccount.Verdict?) {
        if case .wait(let until) = verdict { resumption.store(until, ordering: .relaxed) }
    }

    /// How long nothing more may be read, by the account's rate.
    var pause: TimeAmount? {
        let left = Int64(clamping: resumption.load(ordering: .relaxed)) - Int64(clamping: EgressAccount.now)
        return left > 0 ? .nanoseconds(left) : nil
    }
}
