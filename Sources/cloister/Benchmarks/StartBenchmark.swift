import Control
import Glibc
import Model
import Plugins
import Sandbox
import Store

/// How long a daemon with a thousand installed plugins needs to be ready, and what each of them weighs while nobody
/// calls it: beside a daemon that has none, started in turn.
struct StartBenchmark: Benchmark {
    private static let tenants = 20
    private static let pluginsEach = 50
    private static let rounds = 9

    func run(_ installation: Installation) async throws -> [BenchmarkReport.Figure] {
        let folder = try FileCopy.makeTemporaryFolder()
        let outcome: Result<[BenchmarkReport.Figure], any Error>
        do { outcome = .success(try await measure(installation, folder)) } catch { outcome = .failure(error) }
        try FileCopy.remove(folder)
        return try outcome.get()
    }

    private func measure(_ installation: Installation, _ folder: String) async throws -> [BenchmarkReport.Figure] {
        try await Self.install(in: folder, installation)
        var full: [Start] = []
        var empty: [Start] = []
        for round in 0..<Self.rounds {
            let other = try await Self.start(installation, folder, "empty")
            let mine = try await Self.start(installation, folder, "full")
            // The first ones warm the page cache, and make what a data folder has.
            guard round > 0 else { continue }
            empty.append(other)
            full.append(mine)
        }
        let count = Self.tenants * Self.pluginsEach
        let weight = Self.median(full.map { Double($0.resident) }) - Self.median(empty.map { Double($0.resident) })
        return [
            BenchmarkReport.Figure(
                name: "start.plugins\(count)", unit: "ms", value: Self.median(full.map(\.milliseconds)),
                peer: "no plugins", peerValue: Self.median(empty.map(\.milliseconds)), target: .valueAtMost(1000)),
            BenchmarkReport.Figure(
                name: "memory.installed", unit: "KiB", value: max(0, weight) / 1024 / Double(count),
                target: .valueAtMost(4)),
        ]
    }

    struct Start {
        let milliseconds: Double
        let resident: Int64
    }

    /// Registers a thousand plugins as the daemon itself does, each with a folder of its own.
    private static func install(in folder: String, _ installation: Installation) async throws {
        let program = try installation.peer
        var options = Store.Options()
        options.tenantSteps = Daemon.tenantSteps
        let store = try await Store.open(folder + "/full", options)
        guard mkdir(folder + "/plugins", 0o755) == 0 else { throw Problem(systemCall: "mkdir \(folder)/plugins") }
        let original = folder + "/program"
        try FileCopy.copy(program, to: original)
        for number in 1...tenants {
            let tenant = try TenantID("tenant-\(number)")
            _ = try await store.createTenant(tenant)
            let tenantStore = try await store.tenant(tenant)
            for plugin in 1...pluginsEach {
                let place = "\(folder)/plugins/\(number)-\(plugin)"
                guard mkdir(place, 0o755) == 0, link(original, place + "/main") == 0 else {
                    throw Problem(systemCall: "mkdir \(place)")
                }
                try FileCopy.write(manifest("plugin-\(plugin)"), to: place + "/plugin.yaml")
                _ = try await PluginRegistration.register(
                    try PluginFolder.open(place, dataFolder: store.folder), nil, in: tenantStore)
            }
        }
        await store.close()
    }

    private static func manifest(_ id: String) -> String {
        """
        id: \(id)
        name: \(id)
        version: 1.0.0
        description: One of a thousand
        category: processing
        protocol: cloister/1
        command: [./main, echo]
        configuration: {type: object, properties: {depth: {type: integer, default: 3}}}
        tools:
          - {name: echo, description: Answers with its input, input: {type: object}}
          - {name: count, description: Counts, input: {type: object, properties: {words: {type: string}}}}

        """
    }

    /// From the request to start the daemon to the moment in which it says that it is ready, as systemd sees it.
    static func start(_ installation: Installation, _ folder: String, _ data: String) async throws -> Start {
        let configuration = "\(folder)/\(data).yaml"
        try FileCopy.write("data: \(folder)/\(data)\nlog: {level: error}\n", to: configuration)
        let readiness = try ReadinessSocket(path: "\(folder)/notify")
        let begin = ContinuousClock.now
        let process = try ProcessRun.start(
            installation.folder + "/cloister", ["serve", "--config", configuration], output: nil,
            environment: ["NOTIFY_SOCKET=\(folder)/notify"])
        let isReady = readiness.wait(for: .seconds(60))
        let time = ContinuousClock.now - begin
        // What it still does after it is ready counts too.
        try await Task.sleep(for: .seconds(1))
        let resident = Memory.resident(of: String(process))
        kill(process, SIGTERM)
        _ = try ProcessRun.wait(for: process)
        guard isReady else {
            throw Problem(.unreachable, "the daemon under test did not start", hint: "try `cloister serve --data DIR`")
        }
        return Start(milliseconds: Double(time.nanoseconds) / 1e6, resident: resident)
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// A socket on which a service says `READY=1` (sd_notify(3)).
private struct ReadinessSocket: ~Copyable {
    private let descriptor: Int32
    private let path: String

    init(path: String) throws(Problem) {
        self.path = path
        unlink(path)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard descriptor >= 0, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw Problem(.internalFault, "no socket at \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw Problem(systemCall: "bind \(path)") }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Whether the service said so in time.
    func wait(for time: Duration) -> Bool {
        let deadline = ContinuousClock.now + time
        var bytes = [UInt8](repeating: 0, count: 4096)
        while ContinuousClock.now < deadline {
            var poller = pollfd(descriptor: descriptor)
            guard poll(&poller, 1, 1000) > 0 else { continue }
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count > 0, String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").contains("READY=1") {
                return true
            }
        }
        return false
    }
}

extension pollfd {
    fileprivate init(descriptor: Int32) { self.init(fd: descriptor, events: Int16(POLLIN), revents: 0) }
}
