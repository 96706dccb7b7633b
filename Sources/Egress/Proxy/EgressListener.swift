import Logging
import Model
import NIOCore
import NIOPosix
import Synchronization

/// The way out of one child: its listener, and what came in through it.
package final class EgressListener: Sendable {
    let number: UInt64
    let child: EgressChild
    /// The grants as they are now; a grant that is taken away counts from the next request on.
    let policy: @Sendable () -> EgressPolicy
    /// Told of each request that the grants allow, with its method.
    let used: @Sendable (Authority, String) -> Void
    let account: EgressAccount
    let egress: Egress
    private let loop: any EventLoop
    private struct State {
        var isClosed = false
        var channels: [ObjectIdentifier: any Channel] = [:]
        var audit = TokenBucket(perSecond: 5, now: EgressAccount.now)
        var unlogged = 0
        var turnedAway = 0
    }
    /// How many connections beyond the limit are told why at a time.
    private static let turnedAwayLimit = 32
    private let state = Mutex(State())

    init(
        number: UInt64, child: EgressChild, policy: @escaping @Sendable () -> EgressPolicy,
        used: @escaping @Sendable (Authority, String) -> Void, account: EgressAccount, egress: Egress, loop: any EventLoop
    ) {
        self.number = number
        self.child = child
        self.policy = policy
        self.used = used
        self.account = account
        self.egress = egress
        self.loop = loop
    }

    /// Accepts from now on. Connections that came before wait in the listener's queue.
    func start(_ descriptor: Int32) {
        ServerBootstrap(group: loop)
            .childChannelInitializer { [self] channel in
                guard admit(channel) else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ClientConnection(of: self, on: channel))
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .withBoundSocket(descriptor)
            .whenComplete { [self] result in
                switch result {
                case .success(let channel): if !admit(channel) { channel.close(promise: nil) }
                case .failure(let error):
                    egress.logger.error("no way out for \(child.tenant)/\(child.plugin)/\(child.instance): \(error)")
                }
            }
    }

    /// Ends the listener and everything that came in through it; the child's network goes with the last of them.
    package func close() {
        let channels = state.withLock { state in
            defer { state.channels = [:] }
            state.isClosed = true
            return state.channels.values
        }
        for channel in channels { channel.close(promise: nil) }
        egress.relay.end(owner: number)
        egress.forget(number)
    }

    /// Has a tunnel of this listener's carried, or ends it where the listener is closed. Both are said under one lock: the
    /// relay must not hear of the listener's end before it hears of the tunnel, which would then outlive it.
    func carry(_ order: Tunnel.Order) {
        let isOpen = state.withLock { state in
            if !state.isClosed { egress.relay.carry(order) }
            return !state.isClosed
        }
        if !isOpen { order.drop() }
    }

    private func admit(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let isAdmitted = state.withLock { state in
            guard !state.isClosed else { return false }
            state.channels[key] = channel
            return true
        }
        if isAdmitted {
            channel.closeFuture.whenComplete { [self] _ in state.withLock { _ = $0.channels.removeValue(forKey: key) } }
        }
        return isAdmitted
    }

    /// Whether one more connection that has no place may stay for its answer, to be told by `hasLeft` when it is gone. A
    /// flood of them is closed without a word, for each costs a descriptor until its answer is read.
    func turnAway() -> Bool {
        state.withLock { state in
            guard state.turnedAway < Self.turnedAwayLimit else { return false }
            state.turnedAway += 1
            return true
        }
    }

    func hasLeft() { state.withLock { $0.turnedAway -= 1 } }

    /// Counts a refusal and writes the audit's entry; a flood of them is counted and not written.
    func refused(_ refusal: Refusal) {
        account.countRefusal()
        let unlogged: Int? = state.withLock { state in
            guard state.audit.spend(1, now: EgressAccount.now) == 0 else {
                state.unlogged += 1
                return nil
            }
            defer { state.unlogged = 0 }
            return state.unlogged
        }
        guard let unlogged else { return }
        egress.logger.warning(
            "egress refused: \(refusal.reason)\(unlogged > 0 ? " (and \(unlogged) more before)" : "")",
            metadata: [
                "audit": "egress", "tenant": "\(child.tenant)", "plugin": "\(child.plugin)", "instance": "\(child.instance)",
                "reason": "\(refusal.kind.rawValue)", "destination": "\(refusal.destination.map { "\($0)" } ?? "-")",
            ])
    }
}
