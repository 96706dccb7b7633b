import Testing

@testable import Model

@Suite struct HostTests {
    @Test(arguments: [
        ("Example.COM", "example.com"), ("example.com.", "example.com"), ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a_b.example.com", "a_b.example.com"), ("203.0.113.7", "203.0.113.7"), ("[2001:DB8::7]", "[2001:db8::7]"),
        ("1e100.net", "1e100.net"), ("0x.example", "0x.example"), ("3com", "3com"),
    ])
    func `a host has one form`(text: String, canonical: String) throws {
        #expect(try Host(authority: text).description == canonical)
    }

    @Test(arguments: [
        "", ".", "..", "example..com", ".example.com", "example.com..", "-a.com", "a-.com", "exa mple.com", "bücher.example",
        "1.2.3", "1.2.3.", "0", "0x", "1.2.3.4.", "017700000001", "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "1.2.3.4.5", "example.0x10", "example.com%00", "a%2eb",
        "[127.0.0.1]", "[::1%lo]", "[::1", "::1", "[]", "user@example.com", "example.com:80", "127.0.0.1.",
        String(repeating: "a", count: 64) + ".com", "exámple.com", "example。com", "a\u{0}b",
    ])
    func `what could be read in two ways is no host`(text: String) {
        #expect(throws: Problem.self) { try Host(authority: text) }
    }

    @Test(arguments: [
        ("*.example.com", "a.example.com", true), ("*.example.com", "a.b.example.com", true), ("*.example.com", "example.com", false),
        ("*.example.com", "badexample.com", false), ("*.example.com", "example.com.evil.org", false),
        ("API.example.com", "api.example.com", true), ("api.example.com", "xapi.example.com", false),
        ("10.0.0.1", "10.0.0.1", true), ("2001:db8::1", "[2001:db8::1]", true),
    ])
    func `a pattern matches hosts`(pattern: String, host: String, matches: Bool) throws {
        #expect(try HostPattern(pattern).matches(try Host(authority: host)) == matches)
    }

    @Test(arguments: ["*", "*.", "*.*", "a.*.com", "*example.com", "http://example.com", "example.com/", "*.10.0.0.1", ""])
    func `a pattern that names nobody is refused`(text: String) {
        #expect(throws: Problem.self) { try HostPattern(text) }
    }

    @Test func `an address needs no brackets where no port can follow`() throws {
        #expect(try Host("2001:DB8::7") == Host(authority: "[2001:db8::7]"))
        #expect(throws: Problem.self) { try Host(authority: "2001:db8::7") }
        #expect(throws: Problem.self) { try Host("example.com:80") }
    }

    @Test(arguments: [
        ("*.a.test", "*.b.a.test", true), ("*.a.test", "*.a.test", true), ("*.b.a.test", "*.a.test", false), ("a.test", "*.a.test", false),
        ("*.a.test", "b.a.test", true), ("*.a.test", "a.test", false), ("*.a.test", "*.ba.test", false), ("::1", "[0::1]", true),
    ])
    func `a pattern covers another when it matches all that the other matches`(wider: String, narrower: String, covers: Bool) throws {
        #expect(try HostPattern(wider).covers(HostPattern(narrower)) == covers)
    }

    static let texts = [
        "a", "api.example.org", "API.example.org", "example.org.", "*.example.org", "a_b.example.org", "192.0.2.7", "[2001:db8::7]",
        "2001:db8::7", "[::ffff:127.0.0.1]", "3com", "1.2.3", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "*", "*.1.2",
        "*.2130706433", "[127.0.0.1]", "[::1%lo]", "[]", "", "a..b", "-a", "a:80", "user@a", "bücher.example", "xn--bcher-kva.example",
    ]

    @Test(arguments: texts) func `a manifest takes the hosts that the proxy takes, and keeps their one form`(text: String) throws {
        let node = try YAMLNode.load(
            text: "{resource: network, actions: [connect], conditions: {hosts: [\"\(text)\"]}}", named: "plugin.yaml")
        var (members, problems) = (try node.mapping, ProblemList())
        let permission = Permission(&members, &problems)
        let pattern = try? HostPattern(text)
        #expect(permission?.conditions.hosts == pattern.map { [$0.description] })
        #expect(problems.isEmpty == (pattern != nil))
    }

    @Test(arguments: ["1.2.3", "2130706433", "0x7f.1", "0177.0.0.1"])
    func `what a library could take for an address is allowed by nothing`(text: String) {
        var conditions = Permission.Conditions()
        conditions.hosts = [text]
        let permission = Permission(.network, ["connect"], conditions)
        #expect(!permission.allows("connect", on: .endpoint(host: text, port: 443, method: "GET")))
        #expect(!permission.allows("connect", on: .endpoint(host: "127.0.0.1", port: 443, method: "GET")))
    }
}
