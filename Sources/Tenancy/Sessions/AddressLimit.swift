import Model
import Synchronization

/// Attempts by the address that they come from, in memory: a restart forgives them, what is counted per person stays.
package final class AddressLimit: Sendable {
    /// Guesses of a password.
    static let guesses = 30
    /// Logins that are begun at a provider: nothing is guessed, and a whole office may come at nine.
    static let loginsAtProvider = 300
    static let mostAddresses = 10_000

    private let windows = Mutex<[String: AttemptWindow]>([:])

    let limit: Int

    package init(_ limit: Int) { self.limit = limit }

    convenience init() { self.init(Self.guesses) }

    /// Counts an attempt, or tells in how many seconds the next is possible. Those at one place are counted by themselves.
    package func admit(_ address: String, at now: Int64, place: String = "") -> AttemptWindow.TooMany? {
        let key = Self.key(address, place)
        return windows.withLock { windows in
            switch AttemptWindow.admit(windows[key], limit: limit, at: now) {
            case .success(let window):
                if windows[key] == nil, windows.count >= Self.mostAddresses { Self.makeRoom(&windows, at: now) }
                windows[key] = window
                return nil
            case .failure(let tooMany): return tooMany
            }
        }
    }

    /// In how many seconds the next attempt is possible; nil for now. Counts nothing.
    package func standing(_ address: String, at now: Int64, place: String = "") -> AttemptWindow.TooMany? {
        let window = windows.withLock { $0[Self.key(address, place)] }
        if case .failure(let tooMany) = AttemptWindow.admit(window, limit: limit, at: now) { return tooMany }
        return nil
    }

    /// An attempt that was none.
    package func forgive(_ address: String, place: String = "") {
        windows.withLock { windows in
            let key = Self.key(address, place)
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

    private static func key(_ address: String, _ place: String) -> String {
        network(of: address) + (place.isEmpty ? "" : " " + place)
    }

    /// Whoever has one address of IPv6 has the 2^64 beside it, but for those that stand for addresses of IPv4.
    static func network(of address: String) -> String {
        guard case .six(let high, _) = Address(address), high != 0 else { return address }
        return String(high, radix: 16)
    }
}
