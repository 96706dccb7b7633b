/// A host in its one canonical form, so that no two spellings of it are judged differently: manifests, grants, requests and
/// server names are all read by this type.
package enum Host: Hashable, Sendable, CustomStringConvertible {
    /// Lower-case ASCII labels without a final dot.
    case name(String)
    case address(Address)

    /// Reads a host as people write it: as an authority does, or an address of version 6 without its brackets.
    package init(_ text: some StringProtocol) throws(Problem) {
        if text.contains(":"), !text.hasPrefix("[") {
            try self.init(authority: "[\(text)]")
        } else {
            try self.init(authority: text)
        }
    }

    /// Reads what stands for a host in an authority, an address of version 6 in brackets. Throws `invalidInput` for all
    /// that could be read in two ways: addresses in other forms than four decimal numbers, zones, other scripts.
    package init(authority text: some StringProtocol) throws(Problem) {
        if text.hasPrefix("["), text.hasSuffix("]") {
            guard let address = Address(text.dropFirst().dropLast()), !address.isFour else {
                throw Problem(
                    .invalidInput, "not an IPv6 address: \(Self.quote(text))", hint: "write [2001:db8::7], without a zone")
            }
            self = .address(address)
        } else {
            try self.init(name: text)
        }
    }

    /// Reads a name, or an address of version 4.
    package init(name text: some StringProtocol) throws(Problem) {
        if let address = Address(text), address.isFour {
            self = .address(address)
            return
        }
        // The root's dot, with which DNS writes an absolute name: the same name.
        let name = text.hasSuffix(".") ? String(text.dropLast()) : String(text)
        guard (1...253).contains(name.utf8.count) else {
            throw Problem(.invalidInput, "a host name has 1 to 253 characters, not \(name.utf8.count)")
        }
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Problem(
                .invalidInput, "not an ASCII host name: \(Self.quote(text))", hint: "write it as xn--…, as DNS does")
        }
        let labels = name.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        for label in labels where !Self.isLabel(label) {
            throw Problem(.invalidInput, "not a host name: \(Self.quote(text))")
        }
        // What ends in a number is an address to some libraries (inet_aton(3): decimal, octal, hexadecimal, fewer parts).
        guard !Self.isNumber(labels[labels.count - 1]) else {
            throw Problem(
                .invalidInput, "an address that is not written as four decimal numbers: \(Self.quote(text))",
                hint: "write 203.0.113.7")
        }
        self = .name(labels.joined(separator: "."))
    }

    /// As an authority writes it: an address of version 6 in brackets.
    package var description: String {
        switch self {
        case .name(let name): name
        case .address(let address): address.isFour ? "\(address)" : "[\(address)]"
        }
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.utf8.first != 0x2D && label.utf8.last != 0x2D
            && label.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
            }
    }

    private static func isNumber(_ label: Substring) -> Bool {
        let digits = label.hasPrefix("0x") ? label.dropFirst(2) : label
        return digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            || label.hasPrefix("0x") && digits.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func quote(_ text: some StringProtocol) -> String { String(text.prefix(80)).debugDescription }
}
