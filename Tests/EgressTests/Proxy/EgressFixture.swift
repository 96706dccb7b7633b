import Glibc
import Logging
import Model
import NIOCore
import Synchronization

@testable import Egress

/// A proxy with one listener on this machine's own loopback address, as if a child had it.
final class EgressFixture: Sendable {
    let egress: Egress
    let listener: EgressListener
    let port: UInt16

    static func with<Value>(
        hosts: [String] = ["127.0.0.1", "*.test", "localhost"], ports: Set<Int>? = nil, methods: Set<String>? = nil,
        allowing: [String] = ["127.0.0.1"], names: [String: [String]] = [:], secrets: [String: String] = [:],
        _ change: (inout EgressSettings) throws -> Void = { _ in }, _ body: (EgressFixture) async throws -> Value
    ) async throws -> Value {
        signal(SIGPIPE, SIG_IGN)
        var settings = EgressSettings()
        settings.allowed = PrivateGrants(try allowing.map { (text) throws(Problem) in try PrivateGrants.Entry(text) })
        settings.timeouts.head = .seconds(2)
        settings.timeouts.connect = .seconds(2)
        // So that a test that sends one request sees the end of its answer soon.
        settings.timeouts.betweenRequests = .milliseconds(50)
        try change(&settings)
        let egress = try Egress(
            settings, credentials: Secrets(values: secrets), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            resolver: Names(names))
        let fixture = try EgressFixture(
            egress,
            EgressPolicy([
                .init(
                    hosts: try hosts.map { (text) throws(Problem) in try HostPattern(text) }, ports: ports ?? Set(1...65535),
                    methods: methods)
            ]))
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(fixture)) } catch { outcome = .failure(error) }
        await egress.shutDown()
        return try outcome.get()
    }

    private init(_ egress: Egress, _ policy: EgressPolicy) throws {
        self.egress = egress
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard bound else { throw Problem(.internalFault, "no listener for the test") }
        port = UInt16(bigEndian: address.sin_port)
        listener = egress.listen(
            on: descriptor, as: EgressChild(tenant: try TenantID("acme"), plugin: try PluginID("sync"), instance: 1), under: { policy })
    }

    var usage: EgressUsage { listener.account.usage }

    /// Waits until the account says so; a test's time limit ends the waiting.
    func eventually(_ holds: (EgressUsage) -> Bool) async throws {
        while !holds(usage) { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Sends the text and reads until the proxy ends the connection.
    func send(_ text: String, ending: Bool = false) async throws -> String {
        let client = try RawClient(port: port)
        client.send(text)
        if ending { client.end() }
        return String(decoding: await client.readToEnd(), as: UTF8.self)
    }

    /// Opens a tunnel; throws with the proxy's answer when there is none.
    func tunnel(to destination: String) async throws -> RawClient {
        let client = try RawClient(port: port)
        client.send("CONNECT \(destination) HTTP/1.1\r\nHost: \(destination)\r\n\r\n")
        let head = await client.readHead()
        guard head.hasPrefix("HTTP/1.1 200 ") else { throw Problem(.unreachable, head) }
        return client
    }
}

/// Answers in turn with what it was given for a name, the last answer for ever.
final class Names: NameResolver {
    private let answers: Mutex<[String: [String]]>
    init(_ answers: [String: [String]]) { self.answers = Mutex(answers) }

    func addresses(of name: String, for owner: EgressOwner, on loop: any EventLoop) -> EventLoopFuture<[Address]> {
        let answer: String? = answers.withLock { answers in
            guard let list = answers[name], let first = list.first else { return nil }
            if list.count > 1 { answers[name] = Array(list.dropFirst()) }
            return first
        }
        guard let answer else { return loop.makeFailedFuture(Refusal(.nameNotFound, "\(name) is not known")) }
        return loop.makeSucceededFuture(answer.split(separator: " ").map { Address($0)! })
    }
}

struct Secrets: CredentialSource {
    let values: [String: String]
    func secret(_ name: String, of tenant: TenantID) async throws(Problem) -> String {
        guard let value = values["\(tenant)/\(name)"] else { throw Problem(.notFound, "secret not found: \(name)") }
        return value
    }
}
