package import Model

extension Address {
    /// What an address is good for; only `global` ones are dialled without the operator's leave.
    package enum Reach: Hashable, Sendable {
        case global
        /// The name of the range that it is in, as people call it.
        case special(String)
    }

    /// From the registries of special-purpose addresses (RFC 6890 and what was registered since), read strictly: what
    /// carries an address of version 4 inside is special whatever it carries, for a gateway may unpack it.
    package var reach: Reach {
        switch self {
        case .four: return Self.name(of: self, in: Self.specialFour).map(Reach.special) ?? .global
        case .six(let high, let low):
            if let name = Self.name(of: self, in: Self.specialSix) { return .special(name) }
            // ISATAP (RFC 5214): the interface's half says 5EFE and then an address of version 4.
            if low >> 32 & ~0x0200_0000 == 0x5EFE { return .special("IPv4 inside IPv6 (ISATAP)") }
            return high >> 61 == 0b001 ? .global : .special("not global unicast")
        }
    }

    /// The address of version 4 that one of version 6 carries for a translator or a tunnel.
    package var embedded: Address? {
        guard case .six(let high, let low) = self else { return nil }
        let last = Address.four(UInt32(truncatingIfNeeded: low))
        // :: and ::1 are addresses in their own right.
        if high == 0, low >> 32 == 0xFFFF || low >> 32 == 0 && low > 1 { return last }
        if high >> 32 == 0x0064_FF9B { return last }
        if high >> 48 == 0x2002 { return .four(UInt32(truncatingIfNeeded: high >> 16)) }
        // Teredo (RFC 4380) stores the client's address inverted.
        if high >> 32 == 0x2001_0000 { return .four(~UInt32(truncatingIfNeeded: low)) }
        if low >> 32 & ~0x0200_0000 == 0x5EFE { return last }
        return nil
    }

    private typealias Named = (range: AddressRange, name: String)

    private static func name(of address: Address, in ranges: [Named]) -> String? {
        ranges.first { $0.range.contains(address) }?.name
    }

    private static func table(_ rows: [(String, String)]) -> [Named] {
        rows.map { (AddressRange($0.0)!, $0.1) }
    }

    /// The narrower range first where two overlap.
    private static let specialFour = table([
        ("0.0.0.0/8", "unspecified"), ("10.0.0.0/8", "private"), ("100.100.100.200", "cloud metadata"),
        ("100.64.0.0/10", "shared by a carrier (CGNAT)"), ("127.0.0.0/8", "loopback"),
        ("168.63.129.16", "cloud metadata"), ("169.254.169.254", "cloud metadata"), ("169.254.170.2", "cloud metadata"),
        ("169.254.0.0/16", "link-local"), ("172.16.0.0/12", "private"), ("192.0.0.192", "cloud metadata"),
        ("192.0.0.0/24", "protocol assignment"), ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"), ("192.168.0.0/16", "private"), ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"), ("203.0.113.0/24", "documentation"), ("224.0.0.0/4", "multicast"),
        ("255.255.255.255", "broadcast"), ("240.0.0.0/4", "reserved"),
    ])

    private static let specialSix = table([
        ("::", "unspecified"), ("::1", "loopback"), ("::ffff:0:0/96", "IPv4 inside IPv6 (mapped)"),
        ("::/96", "IPv4 inside IPv6 (compatible)"), ("64:ff9b::/96", "IPv4 inside IPv6 (NAT64)"),
        ("64:ff9b:1::/48", "IPv4 inside IPv6 (local NAT64)"), ("100::/64", "discard"),
        ("2001::/32", "IPv4 inside IPv6 (Teredo)"), ("2001:db8::/32", "documentation"),
        ("2001::/23", "protocol assignment"), ("2002::/16", "IPv4 inside IPv6 (6to4)"), ("3fff::/20", "documentation"),
        ("fd00:ec2::254", "cloud metadata"), ("fd20:ce::254", "cloud metadata"), ("fc00::/7", "private"),
        ("fe80::/10", "link-local"), ("fec0::/10", "site-local"), ("ff00::/8", "multicast"),
    ])
}
