import Model
import Synchronization

/// Attempts by the address that they come from, in memory: a restart forgives them, what is counted per person stays.
final class AddressLimit: Sendable {
    static let limit = 30
    static let mostAddresses = 10_000

    private let windows = Mutex<[String: AttemptWindow]>([:])

    /// Counts an attempt, or tells in how many seconds the next is possible.
    func admit(_ address: String, at now: Int64) -> AttemptWindow.TooMany? {
        let key = Self.network(of: address)
        return windows.withLock { windows in
            switch AttemptWindow.admit(windows[key], limit: Self.limit, at: now) {
            case .success(let window):
                if windows[key] == nil, windows.count >= Self.mostAddresses { Self.makeRoom(&windows, at: now) }
                windows[key] = window
                return nil
            case .failure(let tooMany): return tooMany
            }
        }
    }

    /// An attempt that was none.
    func forgive(_ address: String) {
        windows.withLock { windows in
            let key = Self.network(of: address)
            guard var window = windows[key] else { return }
            window.count -= 1
            windows[key] = window.count > 0 ? window : nil
        }
    }

    /// What is over goes; where nothing is, the quarter that tried least.
    private static func makeRoom(_ windows: inout [String: AttemptWindow], at now: Int64) {
        windows = windows.filter { now >= $0.value.began && now < $0.value.began + AttemptWindow.length }
        guard windows.count >= mostAddresses else { return }
        let kept = windows.sorted { ($0.value.count, $0.value.began) > ($1.value.count, $1.value.began) }
        windows = Dictionary(kept.prefix(mostAddresses * 3 / 4).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Whoever has one address of IPv6 has the 2^64 beside it, but for those that stand for addresses of IPv4.
    static func network(of address: String) -> String {
        guard case .six(let high, _) = Address(address), high != 0 else { return address }
        return String(high, radix: 16)
    }
}
