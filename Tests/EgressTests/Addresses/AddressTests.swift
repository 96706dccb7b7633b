import Model
import Testing

@testable import Egress

@Suite struct AddressTests {
    @Test(arguments: ["203.0.113.7", "0.0.0.0", "255.255.255.255", "2001:db8::7", "::1", "fe80::1", "64:ff9b::102:304"])
    func `an address in its ordinary form is read and written back`(text: String) throws {
        #expect(try #require(Address(text)).description == text)
    }

    @Test(arguments: [
        "", "1", "127.1", "127.0.1", "2130706433", "0x7f.0.0.1", "0x7f000001", "0177.0.0.1", "127.0.0.01", "127.0.0.1.",
        "127.0.0.256", "127.0.0.1 ", " 127.0.0.1", "127.0.0.1\n", "127.0.0.1%lo", "fe80::1%eth0", "[::1]", "::1::", "12345::",
        "１２７.0.0.1", "localhost",
    ])
    func `another form of an address is not an address`(text: String) {
        #expect(Address(text) == nil)
    }

    @Test(arguments: [
        ("8.8.8.8", nil), ("1.1.1.1", nil), ("2606:4700:4700::1111", nil), ("127.0.0.1", "loopback"), ("127.255.255.254", "loopback"),
        ("0.0.0.0", "unspecified"), ("10.1.2.3", "private"), ("172.16.0.1", "private"), ("172.31.255.255", "private"),
        ("172.32.0.1", nil), ("192.168.0.1", "private"), ("100.64.0.1", "shared by a carrier (CGNAT)"), ("100.128.0.1", nil),
        ("169.254.1.1", "link-local"), ("169.254.169.254", "cloud metadata"), ("169.254.170.2", "cloud metadata"),
        ("168.63.129.16", "cloud metadata"), ("100.100.100.200", "cloud metadata"), ("192.0.0.192", "cloud metadata"),
        ("224.0.0.1", "multicast"), ("239.255.255.255", "multicast"), ("240.0.0.1", "reserved"), ("255.255.255.255", "broadcast"),
        ("198.18.0.1", "benchmarking"), ("192.0.2.1", "documentation"), ("192.88.99.1", "6to4 relay"),
        ("::", "unspecified"), ("::1", "loopback"), ("::ffff:8.8.8.8", "IPv4 inside IPv6 (mapped)"),
        ("::ffff:127.0.0.1", "IPv4 inside IPv6 (mapped)"), ("::127.0.0.1", "IPv4 inside IPv6 (compatible)"),
        ("64:ff9b::7f00:1", "IPv4 inside IPv6 (NAT64)"), ("64:ff9b:1::1", "IPv4 inside IPv6 (local NAT64)"),
        ("2002:7f00:1::", "IPv4 inside IPv6 (6to4)"), ("2001:0:1::1", "IPv4 inside IPv6 (Teredo)"),
        ("2a00:1450::5efe:7f00:1", "IPv4 inside IPv6 (ISATAP)"), ("2a00:1450::200:5efe:7f00:1", "IPv4 inside IPv6 (ISATAP)"),
        ("fe80::1", "link-local"), ("febf::1", "link-local"), ("fec0::1", "site-local"), ("fd00:ec2::254", "cloud metadata"),
        ("fd12:3456::1", "private"), ("fc00::1", "private"), ("ff02::1", "multicast"), ("2001:db8::1", "documentation"),
        ("100::1", "discard"), ("4000::1", "not global unicast"), ("3fff::1", "documentation"),
    ] as [(String, String?)])
    func `an address is global or has a name`(text: String, name: String?) throws {
        let address = try #require(Address(text))
        #expect(address.reach == name.map(Address.Reach.special) ?? .global, "\(text)")
    }

    @Test(arguments: [
        ("::ffff:10.0.0.1", "10.0.0.1"), ("::10.0.0.1", "10.0.0.1"), ("64:ff9b::a00:1", "10.0.0.1"), ("2002:a00:1::9", "10.0.0.1"),
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", "10.0.0.1"), ("2a00::5efe:a00:1", "10.0.0.1"), ("::1", nil), ("::", nil),
        ("2a00::1", nil), ("10.0.0.1", nil),
    ] as [(String, String?)])
    func `what is packed inside of an address is found`(text: String, inside: String?) throws {
        #expect(try #require(Address(text)).embedded?.description == inside)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "::1", false), ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe80::1", false), ("::/0", "::1", true),
        ("::1", "::1", true), ("::1", "::2", false), ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
    ])
    func `a range contains what begins with its bits`(range: String, address: String, contained: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(try #require(Address(address))) == contained)
    }

    @Test(arguments: ["10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "/8", "10.0.0.0/8/8", "::1/64", "fd00::/129", "10.0.0.0/+8"])
    func `a range with bits behind its length or without one is refused`(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
