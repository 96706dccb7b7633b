import Model
import NIOCore
import Wire

/// The calls that a child has not finished, each with the one who waits for it. Every completion runs exactly once.
///
/// A class, because a completion may well make the next call.
final class CallTable {
    /// Names a call for as long as it is unfinished; never reused.
    typealias Token = UInt64
    static let none: Token = 0

    private struct Call {
        let completion: Child.Completion
        let extensionTime: Duration
        var id: Peer.CallID?
        var done: Double?
    }

    private var calls: [Token: Call] = [:]
    private var last: Token = 0
    private var emptied: [() -> Void] = []

    var count: Int { calls.count }

    func add(extending: Duration, _ completion: @escaping Child.Completion) -> Token {
        last += 1
        calls[last] = Call(completion: completion, extensionTime: extending)
        return last
    }

    /// A call that failed at once is already gone.
    func sent(_ token: Token, as id: Peer.CallID) { calls[token]?.id = id }

    func id(of token: Token) -> Peer.CallID? { calls[token]?.id }

    /// When a call whose progress was reported now is due; nil for an unknown one, and for a report that does not count.
    func extended(_ progress: Progress) -> NIODeadline? {
        guard let (token, call) = calls.first(where: { $0.value.id?.messageID == progress.id }) else { return nil }
        if progress.mustRise, let last = call.done, progress.done ?? last <= last { return nil }
        calls[token]?.done = progress.done
        return .now() + .nanoseconds(call.extensionTime.nanoseconds)
    }

    func complete(_ token: Token, _ result: Result<ByteBuffer, Problem>) {
        guard let call = calls.removeValue(forKey: token) else { return }
        call.completion(result)
        guard calls.isEmpty, !emptied.isEmpty else { return }
        let actions = emptied
        emptied = []
        for action in actions { action() }
    }

    func completeAll(_ result: Result<ByteBuffer, Problem>) {
        let open = calls
        calls = [:]
        emptied = []
        for call in open.values { call.completion(result) }
    }

    func whenEmpty(_ action: @escaping () -> Void) {
        if calls.isEmpty { action() } else { emptied.append(action) }
    }
}
