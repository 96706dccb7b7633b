import CLinux
import Glibc
import Model

/// Two connected sockets and what goes between them. Confined to the relay's thread, which owns the descriptors.
final class Tunnel {
    /// What the relay is told to carry.
    struct Order: Sendable {
        /// Both are taken over.
        let client: Int32
        let upstream: Int32
        /// Whose tunnel it is, for `Relay.end`.
        let owner: UInt64
        let gate: TunnelGate
        let account: EgressAccount
        let timeouts: EgressTimeouts
        /// Runs once, mostly on the relay's thread, with what ended the tunnel before its ends did.
        let ended: @Sendable (Refusal?) -> Void

        /// Closes what was taken over and was never carried.
        func drop() {
            close(client)
            close(upstream)
            ended(nil)
        }
    }

    enum Outcome {
        case waiting
        case more
        case paused(until: UInt64)
        case over(Refusal?)
    }

    let order: Order
    private var up: Flow
    private var down: Flow
    private var isOpen = false
    /// When bytes last moved.
    private var stirred: UInt64
    private var resumes: UInt64 = 0
    /// What one turn moves at most, so that one tunnel does not keep the others waiting.
    private static let turn = 4 << 20

    init(_ order: Order, now: UInt64) {
        self.order = order
        up = Flow(from: order.client, to: order.upstream)
        down = Flow(from: order.upstream, to: order.client)
        stirred = now
    }

    /// Moves what can be moved. `now` is in nanoseconds of the monotonic clock.
    func pump(now: UInt64) -> Outcome {
        guard now >= resumes else { return .paused(until: resumes) }
        if !isOpen {
            switch look() {
            case .wait: break
            case .open: isOpen = true
            case .shut(let refusal):
                say(refusal)
                return .over(refusal)
            }
        }
        var (sent, received) = (0, 0)
        let turn = order.account.turn(atMost: Self.turn)
        let outward = isOpen ? up.pump(budget: turn, moved: &sent) : .blocked
        let inward = down.pump(budget: turn, moved: &received)
        let verdict = order.account.spend(sent: sent, received: received)
        if sent + received > 0 { stirred = now }
        if case .failed = outward { return .over(nil) }
        if case .failed = inward { return .over(nil) }
        if up.isFinished, down.isFinished { return .over(nil) }
        switch verdict {
        case .usedUp: return .over(order.account.volumeUsedUp)
        case .wait(let time):
            resumes = time
            return .paused(until: time)
        case .go: return outward == .spent || inward == .spent ? .more : .waiting
        }
    }

    /// The reason to end a tunnel in which nothing has moved for long.
    func overdue(now: UInt64) -> Refusal? {
        guard isOpen || !order.gate.demandsTLS else {
            return now - stirred > UInt64(order.timeouts.head.nanoseconds)
                ? Refusal(.timeout, "no greeting came through the tunnel", destination: order.gate.destination) : nil
        }
        return now - stirred > UInt64(order.timeouts.idle.nanoseconds)
            ? Refusal(.timeout, "nothing moved for a long time", destination: order.gate.destination) : nil
    }

    func release(_ refusal: Refusal?) {
        up.release()
        down.release()
        close(order.client)
        close(order.upstream)
        order.ended(refusal)
    }

    /// Judges the first bytes of the child without taking them.
    private func look() -> TunnelGate.Decision {
        withUnsafeTemporaryAllocation(byteCount: ClientHello.limit, alignment: 1) { buffer in
            let count = cloister_peek(order.client, buffer.baseAddress, buffer.count)
            // An end without a byte says nothing wrong.
            guard count > 0 else { return count == 0 ? .open : .wait }
            return order.gate.decide(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// Tells the child in the language that it spoke; best effort, for the socket may be full or gone.
    private func say(_ refusal: Refusal) {
        // A fatal alert `unrecognized_name` (RFC 8446, section 6.2).
        var bytes: [UInt8] = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x70]
        var first: UInt8 = 0
        if cloister_peek(order.client, &first, 1) == 1, first != 0x16, !order.gate.demandsTLS { bytes = refusal.answer() }
        _ = send(order.client, &bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        shutdown(order.client, Int32(SHUT_WR))
        // Unread bytes would turn the close into a reset, and the answer would be lost with it.
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
            while recv(order.client, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) > 0 {}
        }
    }
}
