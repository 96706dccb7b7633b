package import Model

/// All addresses that begin with the same bits: `10.0.0.0/8`, `fd00::/8`.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    package let first: Address
    /// How many bits are the same.
    package let length: Int

    /// Nil when bits behind the length are set, as in `10.1.0.0/8`: it is not clear then what was meant.
    package init?(_ first: Address, length: Int) {
        guard (0...first.width).contains(length), Self.prefix(first, length) == first else { return nil }
        self.first = first
        self.length = length
    }

    /// Reads `ADDRESS/LENGTH`, or a single address.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ Address($0) }) else { return nil }
        switch parts.count {
        case 1: self.init(address, length: address.width)
        case 2:
            guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let length = Int(parts[1])
            else { return nil }
            self.init(address, length: length)
        default: return nil
        }
    }

    package func contains(_ address: Address) -> Bool {
        address.isFour == first.isFour && Self.prefix(address, length) == first
    }

    package var description: String { length == first.width ? "\(first)" : "\(first)/\(length)" }

    /// The address with all bits behind `length` zero.
    private static func prefix(_ address: Address, _ length: Int) -> Address {
        switch address {
        case .four(let bits): .four(length == 0 ? 0 : bits & (.max << UInt32(32 - length)))
        case .six(let high, let low):
            .six(
                high: length == 0 ? 0 : length >= 64 ? high : high & (.max << UInt64(64 - length)),
                low: length <= 64 ? 0 : low & (.max << UInt64(128 - length)))
        }
    }
}
