import Model
import Testing

@testable import Egress

@Suite struct PolicyTests {
    @Test(arguments: [
        ("example.com:443", "example.com:443"), ("EXAMPLE.com.:8443", "example.com:8443"), ("[::1]:8080", "[::1]:8080"),
        ("127.0.0.1:80", "127.0.0.1:80"),
    ])
    func `an authority is a host and a port`(text: String, canonical: String) throws {
        #expect(try Authority(text, defaultPort: nil).description == canonical)
    }

    @Test(arguments: [
        "example.com", "example.com:", "example.com:0", "example.com:065", "example.com:65536", "example.com:+80", "example.com:80:80",
        "example.com:８０", "user@example.com:80", "user:pw@example.com:80", "example.com:80@evil.com:80", ":80", "[::1]80",
        "example.com :80", "example.com\t:80", "example.com:80 ",
    ])
    func `an authority that is not one is refused`(text: String) {
        #expect(throws: Refusal.self) { try Authority(text, defaultPort: nil) }
    }

    private static func policy() throws -> EgressPolicy {
        EgressPolicy([
            .init(hosts: [try HostPattern("api.example.com")], methods: ["GET"]),
            .init(hosts: [try HostPattern("*.example.org")], ports: [8443]),
            // The manifest's reader lets no such grant pass; no tunnel goes through it either.
            .init(hosts: [try HostPattern("example.net")], methods: ["GET", "CONNECT"]),
        ])
    }

    @Test(arguments: [
        ("api.example.com:443", "GET", nil), ("api.example.com:80", "GET", nil), ("api.example.com:443", "POST", .methodNotGranted),
        ("api.example.com:443", "CONNECT", .methodNotGranted), ("api.example.com:8443", "GET", .portNotGranted),
        ("a.example.org:8443", "CONNECT", nil), ("a.example.org:443", "CONNECT", .portNotGranted),
        ("example.org:8443", "GET", .hostNotGranted), ("evil.com:443", "GET", .hostNotGranted), ("example.net:443", "CONNECT", .methodNotGranted),
    ] as [(String, String, Refusal.Kind?)])
    func `a destination is allowed by one grant that allows all of it`(
        destination: String, method: String, expected: Refusal.Kind?
    ) throws {
        let destination = try Authority(destination, defaultPort: nil)
        let policy = try Self.policy()
        var kind: Refusal.Kind?
        do throws(Refusal) {
            try policy.check(destination, method: method)
        } catch {
            kind = error.kind
        }
        #expect(kind == expected)
    }

    @Test(arguments: [
        ("a.test", nil, nil), ("*.test", nil, nil), ("A.test.", [443], nil), ("a.test", nil, ["GET"]), ("a.test", [8443], ["GET", "POST"]),
        ("[::1]", nil, nil), ("1.2.3", nil, nil),
    ] as [(String, [Int]?, [String]?)])
    func `the proxy and the keeper of grants judge alike`(host: String, ports: [Int]?, methods: [String]?) throws {
        var conditions = Permission.Conditions()
        (conditions.hosts, conditions.ports, conditions.methods) = ([host], ports, methods)
        let permissions = [Permission(.network, ["connect"], conditions)]
        let policy = EgressPolicy(permissions)
        for name in ["a.test", "b.test", "[::1]"] {
            for port in [80, 443, 8443, 22] {
                for method in ["GET", "POST", "CONNECT", "get"] {
                    let destination = try Authority("\(name):\(port)", defaultPort: nil)
                    let passes = (try? policy.check(destination, method: method)) != nil
                    let subject = PermissionSubject.endpoint(host: name, port: port, method: method == "CONNECT" ? nil : method)
                    #expect(passes == permissions.allows(.network, "connect", on: subject), "\(destination) \(method)")
                }
            }
        }
    }

    @Test func `without ports a grant means 80 and 443`() throws {
        var conditions = Permission.Conditions()
        conditions.hosts = ["a.test"]
        #expect(EgressPolicy([Permission(.network, ["connect"], conditions)]).rules.first?.ports == [80, 443])
    }

    @Test func `a refusal names the host and the manifest entry that would allow it`() throws {
        let refusal = #expect(throws: Refusal.self) {
            try Self.policy().check(try Authority("evil.com:8080", defaultPort: nil), method: "GET")
        }
        let document = try #require(refusal).document
        #expect(document["host"]?.string == "evil.com:8080")
        #expect(document["status"]?.integer == 403)
        #expect(document["hint"]?.string?.contains("{resource: network, actions: [connect], conditions: {hosts: [evil.com], ports: [8080]}}") == true)
    }

    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080, true), ("127.0.0.1:8080", "127.0.0.1", 8081, false), ("127.0.0.1:8080", "127.0.0.2", 8080, false),
        ("10.0.0.0/8", "10.1.2.3", 5432, true), ("[::1]:8080", "::1", 8080, true), ("fd00::/8", "fd00::1", 1, true),
        ("127.0.0.1", "::ffff:127.0.0.1", 80, false), ("::ffff:0:0/96", "::ffff:127.0.0.1", 80, false),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", 80, true), ("64:ff9b::/96", "64:ff9b::808:808", 443, true),
        ("64:ff9b::/96", "64:ff9b::a9fe:a9fe", 80, false),
    ])
    func `an address that is not public is dialled only where the operator says so`(
        grant: String, address: String, port: Int, allowed: Bool
    ) throws {
        let grants = PrivateGrants([try PrivateGrants.Entry(grant)])
        let verdict = grants.verdict(on: try #require(Address(address)), port: port)
        #expect((verdict == .allowed) == allowed, "\(verdict)")
    }

    @Test func `a public address of the machine itself is private`() throws {
        let address = try #require(Address("8.8.8.8"))
        #expect(PrivateGrants().verdict(on: address, port: 443) == .allowed)
        #expect(PrivateGrants().verdict(on: address, port: 443, isOwn: true) == .refused("an address of this machine"))
        let granted = PrivateGrants([try PrivateGrants.Entry("8.8.8.8:443")])
        #expect(granted.verdict(on: address, port: 443, isOwn: true) == .allowed)
    }

    @Test(arguments: ["", "localhost", "127.0.0.1:0", "127.0.0.1:x", "10.0.0.1/8", "::1:8080:", "[::1", "10.0.0.0/8:80:80", "fd00::1]:80"])
    func `a private grant that is not a range is refused`(text: String) {
        #expect(throws: Problem.self) { try PrivateGrants.Entry(text) }
    }
}
