import CSystemd
import Glibc
import Model

/// Tells the service manager how the daemon fares (sd_notify(3)); does nothing where there is no service manager.
///
/// The address leaves the environment when it is read, so no child can speak in the daemon's name. That is why the
/// datagram is sent here and not by libsystemd, which looks into the environment each time; the protocol is a stable
/// interface (sd_notify(3), "Notes").
struct ServiceNotifier: Sendable {
    private let address: String?
    /// How long the service manager waits for a sign of life before it kills the daemon; nil where it does not watch.
    let watchdogTimeout: Duration?

    init(address: String?, watchdogTimeout: Duration?) {
        self.address = address
        self.watchdogTimeout = watchdogTimeout
    }

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` and removes them. Call before another thread exists:
    /// the environment is not safe to change afterwards.
    static func takingEnvironment() -> ServiceNotifier {
        let address = getenv("NOTIFY_SOCKET").map { String(cString: $0) }
        unsetenv("NOTIFY_SOCKET")
        var microseconds: UInt64 = 0
        let watched = sd_watchdog_enabled(1, &microseconds) > 0
        return ServiceNotifier(
            address: address, watchdogTimeout: watched ? .microseconds(Int64(clamping: microseconds)) : nil)
    }

    /// The daemon answers requests: after its start, and after a reload.
    func ready(status: String) { send(["READY=1", "STATUS=\(status)"]) }

    /// A reload begins. The time lets the service manager tell this reload from one before.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let microseconds = UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
        send(["RELOADING=1", "MONOTONIC_USEC=\(microseconds)", "STATUS=reading the configuration again"])
    }

    func stopping(status: String) { send(["STOPPING=1", "STATUS=\(status)"]) }

    /// One line for `systemctl status`.
    func status(_ text: String) { send(["STATUS=\(text)"]) }

    func keepAlive() { send(["WATCHDOG=1"]) }

    /// Gives signs of life at half the time that the service manager waits, as sd_watchdog_enabled(3) advises, as long as
    /// `isHealthy` says so. Returns when its task is cancelled, or at once where nobody watches.
    func keepAlive(while isHealthy: @Sendable () async -> Bool) async {
        guard let watchdogTimeout else { return }
        repeat {
            if await isHealthy() { keepAlive() }
        } while (try? await Task.sleep(for: watchdogTimeout / 2)) != nil
    }

    @discardableResult
    private func send(_ assignments: [String]) -> Bool {
        guard let address else { return false }
        // One assignment a line: a line break inside one would begin another.
        let message = assignments.map { PlainText.escaping($0) }.joined(separator: "\n")
        return NotificationSocket.send(Array(message.utf8), to: address)
    }
}
