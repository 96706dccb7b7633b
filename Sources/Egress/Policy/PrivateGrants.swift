package import Model

/// Addresses that are not public and that the operator lets plugins reach all the same: `allow-private` in `cloister.yaml`.
/// A plugin needs a grant of its own for the host besides.
package struct PrivateGrants: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let range: AddressRange
        /// Nil is every port.
        package let port: Int?
    }

    package var entries: [Entry]

    package init(_ entries: [Entry] = []) { self.entries = entries }

    /// Whether the address may be dialled on the port: a global one always, another one when it was granted, and what
    /// is packed inside of it as well.
    package func verdict(on address: Address, port: Int, isOwn: Bool = false) -> Verdict {
        let granted = names(address, port: port)
        switch address.reach {
        case .global:
            return isOwn && !granted ? .refused("an address of this machine") : .allowed
        case .special(let name):
            guard granted else { return .refused(name) }
            guard let embedded = address.embedded, case .refused(let inside) = verdict(on: embedded, port: port) else {
                return .allowed
            }
            // Who names one address to the last bit means what is inside of it too.
            return entries.contains { $0.range.length == 128 && $0.range.contains(address) } ? .allowed : .refused(inside)
        }
    }

    /// Whether the operator named the address.
    package func names(_ address: Address, port: Int) -> Bool {
        entries.contains { $0.range.contains(address) && ($0.port ?? port) == port }
    }

    package enum Verdict: Hashable, Sendable {
        case allowed
        /// Why not, as a noun.
        case refused(String)
    }
}

extension PrivateGrants.Entry {
    /// Reads `127.0.0.1:8080`, `10.0.0.0/8`, `[::1]:8080`, `fd00::/8` or `192.168.1.7`.
    package init(_ text: String) throws(Problem) {
        guard let entry = Self.parse(text) else {
            throw Problem(
                .invalidConfiguration, "not a range of addresses: \(text.prefix(80).debugDescription)",
                hint: "write 10.0.0.0/8, 127.0.0.1:8080, [::1]:8080 or fd00::/8, without bits behind the length")
        }
        self = entry
    }

    private static func parse(_ text: String) -> PrivateGrants.Entry? {
        if let range = AddressRange(text) { return PrivateGrants.Entry(range: range, port: nil) }
        guard let colon = text.lastIndex(of: ":"), let port = Authority.port(text[text.index(after: colon)...]) else {
            return nil
        }
        var address = text[..<colon]
        if address.hasPrefix("["), address.hasSuffix("]") {
            address = address.dropFirst().dropLast()
        } else if address.contains(":") {
            return nil
        }
        return AddressRange(address).map { PrivateGrants.Entry(range: $0, port: port) }
    }
}
