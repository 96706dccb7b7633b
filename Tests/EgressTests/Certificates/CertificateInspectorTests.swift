import Glibc
import HostTesting
import Model
import NIOCore
import NIOPosix
import Testing

@testable import Egress

/// Looks at certificates of real servers.
@Suite(.timeLimit(.minutes(2))) struct CertificateInspectorTests {
    private static let here = Address("127.0.0.1")!
    private static let day: Int64 = 86_400_000
    private static var now: Int64 { Int64(time(nil)) * 1000 }

    private static func inspector(_ port: Int, trusting files: [String] = [], named: [Address] = [here]) -> CertificateInspector {
        CertificateInspector(port: port, trusting: files, named: named)
    }

    @Test func `a certificate that is trusted, bears the name and is valid now is good`() async throws {
        try await WebServer.with { (server, _) async throws in
            let now = Self.now
            let finding = await Self.inspector(server.https, trusting: [server.certificate]).look(at: "origin.test", [Self.here], now: now)
            guard case .good(let seen) = finding else { return _ = Issue.record("\(finding)") }
            #expect(seen.issuer == "origin.test" && seen.names == ["origin.test"])
            #expect(seen.validFrom <= now && seen.validUntil > now + Self.day && seen.validUntil <= now + 3 * Self.day)
        }
    }

    @Test func `each that is not good is told of, with what is wrong and what to do`() async throws {
        try await WebServer.with { (server, folder) async throws in
            let now = Self.now
            for (name, moment, files, reason) in [
                ("origin.test", now, [], "is issued by origin.test, which is not trusted here: get one"),
                ("other.test", now, [server.certificate], "bears origin.test, and not other.test: let"),
                ("sub.origin.test", now, [server.certificate], "bears origin.test, and not sub.origin.test"),
                ("origin.test", now + 4 * Self.day, [server.certificate], "ended at "),
                ("origin.test", now - 4 * Self.day, [server.certificate], "begins at "),
            ] as [(String, Int64, [String], String)] {
                let finding = await Self.inspector(server.https, trusting: files).look(at: name, [Self.here], now: moment)
                guard case .bad(let seen, let why) = finding else { return _ = Issue.record("\(finding)") }
                #expect(why.contains(reason) && seen.issuer == "origin.test", "\(why)")
            }
            let missing = await Self.inspector(server.https, trusting: [folder + "/none.pem"]).look(at: "origin.test", [Self.here], now: now)
            guard case .unknown(let why) = missing else { return _ = Issue.record("\(missing)") }
            #expect(why.hasPrefix("the authorities in \(folder)/none.pem cannot be read"))
        }
    }

    @Test func `where none is to be seen that says nothing of it`() async throws {
        try await WebServer.with { (server, _) async throws in
            func why(_ port: Int, named: [Address] = [Self.here], at addresses: [Address] = [Self.here], within deadline: Duration = .seconds(60)) async -> String {
                let inspector = CertificateInspector(port: port, trusting: [server.certificate], named: named, deadline: deadline)
                let finding = await inspector.look(at: "origin.test", addresses, now: Self.now)
                guard case .unknown(let why) = finding else { return "\(finding)" }
                return why
            }
            let plain = await why(server.http)
            #expect(plain.contains("shows no certificate") || plain.contains("cannot be reached"), "\(plain)")
            // An address that is not public, and that the operator did not name, is not dialled.
            let guarded = await why(server.https, named: [])
            #expect(guarded.hasPrefix("origin.test is 127.0.0.1, which is ") && guarded.hasSuffix("an operator names it in domains.addresses"), "\(guarded)")
            let linked = await why(server.https, at: [Address("169.254.169.254")!])
            #expect(linked.hasPrefix("origin.test is 169.254.169.254, which is "), "\(linked)")
            #expect(await why(server.https, at: []) == "origin.test has no address")

            // One that accepts, and says nothing.
            let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
            let port = silent.localAddress?.port ?? 0
            let waited = await why(port, within: .milliseconds(500))
            #expect(waited == "origin.test, port \(port), cannot be reached: no answer in time")
            try await silent.close()

            // A port that is taken, and at which nobody listens.
            let taken = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(taken) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(taken, $0, length) == 0 && getsockname(taken, $0, &length) == 0
                }
            }
            try #require(isBound)
            let closed = Int(UInt16(bigEndian: address.sin_port))
            #expect(await why(closed) == "origin.test, port \(closed), cannot be reached: Connection refused")
        }
    }

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        content.count < 128 ? [tag, UInt8(content.count)] + content : [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
    }

    private static func entry(_ kind: UInt8, _ tag: UInt8, _ text: String) -> [UInt8] {
        value(0x31, value(0x30, value(0x06, [0x55, 0x04, kind]) + value(tag, Array(text.utf8))))
    }

    private static func certificate(_ names: [[UInt8]], version: Bool = true) -> [UInt8] {
        let head = (version ? value(0xA0, value(0x02, [2])) : []) + value(0x02, [1]) + value(0x30, value(0x06, [1, 2]))
        return value(0x30, value(0x30, head + value(0x30, names.flatMap { $0 }) + value(0x30, [])) + value(0x30, []))
    }

    @Test func `an issuer is told in words, whatever a certificate holds`() throws {
        let whole = [Self.entry(6, 0x13, "US"), Self.entry(10, 0x0C, "Let's Encrypt"), Self.entry(3, 0x13, "R11")]
        #expect(CertificateIssuer.text(Self.certificate(whole)) == "R11 (Let's Encrypt)")
        #expect(CertificateIssuer.text(Self.certificate(whole, version: false)) == "R11 (Let's Encrypt)")
        #expect(CertificateIssuer.text(Self.certificate([Self.entry(10, 0x0C, "Only\u{1B}[31m\nme")])) == "Only[31mme")
        #expect(CertificateIssuer.text(Self.certificate([Self.entry(3, 0x0C, String(repeating: "x", count: 3000))]))?.count == 100)
        #expect(CertificateIssuer.text(Self.certificate([])) == nil)
        #expect(CertificateIssuer.text(Self.certificate([Self.entry(3, 0x1E, "R")])) == nil)
        let bytes = Self.certificate(whole)
        for length in 0..<bytes.count { _ = CertificateIssuer.text(Array(bytes.prefix(length))) }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            var hurt = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                hurt[Int.random(in: 0..<hurt.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = CertificateIssuer.text(hurt)
        }
    }
}
