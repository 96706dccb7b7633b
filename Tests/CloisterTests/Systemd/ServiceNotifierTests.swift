import Glibc
import HostTesting
import Testing

@testable import cloister

/// The end of the service manager.
private final class Manager {
    let descriptor: Int32

    /// `name` is a path, or `@` and a name in the abstract namespace.
    init(_ name: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        let isAbstract = bytes[0] == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = isAbstract ? socklen_t(2 + bytes.count) : socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        precondition(bound == 0)
    }

    deinit { close(descriptor) }

    func receive() -> [Substring] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n") : []
    }
}

struct ServiceNotifierTests {
    @Test(arguments: [false, true])
    func `the service manager hears what the daemon does`(isAbstract: Bool) throws {
        try TemporaryFolder.with { folder in
            let address = (isAbstract ? "@" : "") + folder + "/notify"
            let manager = Manager(address)
            let notifier = ServiceNotifier(address: address, watchdogTimeout: nil)
            notifier.ready(status: "serving 3 tenants")
            #expect(manager.receive() == ["READY=1", "STATUS=serving 3 tenants"])
            notifier.reloading()
            let reload = manager.receive()
            #expect(reload.first == "RELOADING=1")
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            let microseconds = try #require(reload.first { $0.hasPrefix("MONOTONIC_USEC=") }.flatMap { Int($0.dropFirst(15)) })
            #expect(abs(microseconds - (now.tv_sec * 1_000_000 + now.tv_nsec / 1000)) < 10_000_000)
            notifier.stopping(status: "waiting for 2 calls")
            #expect(manager.receive() == ["STOPPING=1", "STATUS=waiting for 2 calls"])
            notifier.keepAlive()
            #expect(manager.receive() == ["WATCHDOG=1"])
        }
    }

    @Test func `a status cannot say anything else`() throws {
        try TemporaryFolder.with { folder in
            let manager = Manager(folder + "/notify")
            ServiceNotifier(address: folder + "/notify", watchdogTimeout: nil).status("bad\nMAINPID=1")
            #expect(manager.receive() == ["STATUS=bad\\nMAINPID=1"])
        }
    }

    @Test func `without a service manager nothing happens`() {
        ServiceNotifier(address: nil, watchdogTimeout: nil).ready(status: "")
        ServiceNotifier(address: "/nonexistent/notify", watchdogTimeout: nil).ready(status: "")
        ServiceNotifier(address: "vsock:2:1234", watchdogTimeout: nil).ready(status: "")
    }

    @Test(.timeLimit(.minutes(1))) func `signs of life come at half the timeout, and only from a healthy daemon`() async throws {
        try await TemporaryFolder.with { folder in
            let manager = Manager(folder + "/notify")
            let notifier = ServiceNotifier(address: folder + "/notify", watchdogTimeout: .milliseconds(500))
            let healthy = Task { await notifier.keepAlive { true } }
            var times: [ContinuousClock.Instant] = []
            while times.count < 3 {
                if manager.receive() == ["WATCHDOG=1"] { times.append(.now) }
                try await Task.sleep(for: .milliseconds(5))
            }
            healthy.cancel()
            await healthy.value
            // Two intervals lie between the first and the third; a busy machine only makes them longer.
            #expect(times[2] - times[0] > .milliseconds(450))
            _ = manager.receive()
            let frozen = Task { await notifier.keepAlive { false } }
            try await Task.sleep(for: .milliseconds(600))
            frozen.cancel()
            await frozen.value
            #expect(manager.receive().isEmpty)
        }
    }

    @Test func `nobody watching means no waiting`() async {
        await ServiceNotifier(address: nil, watchdogTimeout: nil).keepAlive { true }
    }
}
