import Control
import Glibc
import HTTPTypes
import HostTesting
import Logging
import Model
import NIOCore
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// A whole daemon with its HTTP server on a port of its own, and keys to it.
struct WebFixture: Sendable {
    let host: DaemonFixture
    let port: Int
    let service: WebService
    /// With every scope.
    let operatorKey: String

    static func with(
        _ settings: WebSettings = WebSettings(), notifications: NotificationSettings = NotificationSettings(),
        signIn: SignInSettings = SignInSettings(), log: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: @escaping @Sendable (WebFixture) async throws -> Void
    ) async throws {
        try await DaemonFixture.with(notifications: notifications, signIn: signIn) { host in
            var settings = settings
            settings.addresses = [.network(host: "127.0.0.1", port: 0)]
            let handler = DaemonHandler(
                daemon: host.daemon,
                installation: Installation(folder: Built.folder, configuration: host.daemon.configuration), socket: host.socket)
            let service = try #require(
                await WebService.start(settings, inherited: [], group: nil, handler: handler, logger: log))
            let serving = Task { await service.run() }
            let key = try await host.daemon.keys.create(
                try KeyWish(name: "all", tenant: nil, scopes: Scope.allCases.map(\.rawValue)), by: .local("test"))
            let fixture = WebFixture(
                host: host, port: service.server.addresses.first?.port ?? 0, service: service, operatorKey: key.text.text)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(fixture)) } catch { outcome = .failure(error) }
            await service.drain(within: .seconds(5))
            await serving.value
            try outcome.get()
        }
    }

    func key(_ scopes: [Scope], tenant: TenantID?) async throws -> String {
        let wish = try KeyWish(name: "some", tenant: tenant, scopes: scopes.map(\.rawValue))
        return try await host.daemon.keys.create(wish, by: .local("test")).text.text
    }

    /// One request on a connection of its own. Without a key, the operator's.
    func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = nil, headers: [String] = []
    ) async throws -> HTTPReply {
        try await send(
            method, path, bytes: body?.bytes, key: key, headers: headers + (body == nil ? [] : ["Content-Type: application/json"]))
    }

    func send(
        _ method: String, _ path: String, bytes: [UInt8]?, key: String? = nil, headers: [String] = []
    ) async throws -> HTTPReply {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close"] + headers
        if key != "" { lines.append("Authorization: Bearer \(key ?? operatorKey)") }
        if let bytes { lines.append("Content-Length: \(bytes.count)") }
        let text = lines.joined(separator: "\r\n") + "\r\n\r\n"
        let reply = try await raw(Array(text.utf8) + (bytes ?? []))
        try Self.compare(reply, method, path)
        return reply
    }

    /// Every answer in every test is what the document says, and nothing more.
    private static func compare(_ reply: HTTPReply, _ method: String, _ path: String) throws {
        #expect(reply.status != 500, "\(method) \(path): \(reply.text)")
        if reply.headers["content-type"] == "application/problem+json" {
            let violations = Refusal.schema.compiled().violations(in: reply.json)
            #expect(violations.isEmpty, "\(method) \(path): \(reply.text)")
        }
        guard let target = try? Target(path), let verb = HTTPRequest.Method(method),
            case .route(let route, _) = RouteTable(Routes.all).find(verb, target.segments),
            case .json(let schema) = route.reply.content, reply.status == route.reply.status.code,
            reply.headers["content-type"] == "application/json", method != "HEAD"
        else { return }
        let violations = schema.compiled().violations(in: reply.json)
        #expect(violations.isEmpty, "\(method) \(path): \(reply.text)")
    }

    /// Whatever bytes, and what comes back until the server closes.
    func raw(_ bytes: [UInt8]) async throws -> HTTPReply {
        let port = port
        let answer = try await aside { try RawHTTP.exchange(bytes, port: port) }
        return try HTTPReply(answer)
    }
}

/// An answer as it came.
struct HTTPReply: Sendable {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    init(_ bytes: [UInt8]) throws {
        let blank = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstRange(of: blank) else {
            throw Problem(.internalFault, "no answer: \(String(decoding: bytes.prefix(200), as: UTF8.self))")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        status = Int(lines[0].split(separator: " ")[1]) ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        self.headers = headers
        let rest = Array(bytes[end.upperBound...])
        body = headers["transfer-encoding"] == "chunked" ? Self.unchunked(rest) : rest
    }

    var json: JSONValue { (try? JSONValue.parse(body)) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }

    private static func unchunked(_ bytes: [UInt8]) -> [UInt8] {
        var (rest, whole): (ArraySlice<UInt8>, [UInt8]) = (bytes[...], [])
        while let end = rest.firstRange(of: Array("\r\n".utf8)),
            let count = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), count > 0
        {
            let begin = end.upperBound
            guard rest.endIndex - begin >= count + 2 else { break }
            whole += rest[begin..<(begin + count)]
            rest = rest[(begin + count + 2)...]
        }
        return whole
    }
}

/// A socket without any idea of HTTP.
enum RawHTTP {
    static func connect(port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var time = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            throw Problem(.unreachable, "cannot connect: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    static func send(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Until the other side closes.
    static func receive(from descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = recv(descriptor, &part, part.count, 0), count > 0 { bytes += part[..<count] }
        return bytes
    }

    static func exchange(_ bytes: [UInt8], port: Int) throws -> [UInt8] {
        let descriptor = try connect(port: port)
        defer { close(descriptor) }
        send(bytes, to: descriptor)
        return receive(from: descriptor)
    }
}
