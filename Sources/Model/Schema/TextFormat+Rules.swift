extension TextFormat {
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    /// The number that stands in exactly `count` digits at `offset`; nil for anything else.
    private static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> Int? {
        let start = bytes.startIndex + offset
        guard start + count <= bytes.endIndex else { return nil }
        var value = 0
        for byte in bytes[start..<(start + count)] {
            guard isDigit(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    /// RFC 3339, section 5.6: `date-time`.
    static func isDateTime(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 11, bytes[10] | 0x20 == UInt8(ascii: "t") else { return false }
        return isDate(bytes[..<10]) && isTime(bytes[11...])
    }

    /// RFC 3339, section 5.6: `full-date`, with the days that the month has.
    static func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count == 10, bytes[bytes.startIndex + 4] == UInt8(ascii: "-"),
            bytes[bytes.startIndex + 7] == UInt8(ascii: "-"), let year = number(bytes, 0, 4),
            let month = number(bytes, 5, 2), let day = number(bytes, 8, 2), (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }

    /// RFC 3339, section 5.6: `full-time`. A leap second stands only at the end of a day of UTC.
    static func isTime(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count >= 9, bytes[bytes.startIndex + 2] == UInt8(ascii: ":"),
            bytes[bytes.startIndex + 5] == UInt8(ascii: ":"), let hour = number(bytes, 0, 2), hour < 24,
            let minute = number(bytes, 3, 2), minute < 60, let second = number(bytes, 6, 2), second <= 60
        else { return false }
        var rest = bytes.dropFirst(8)
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix(while: isDigit)
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = zoneOffset(rest) else { return false }
        return second < 60 || (hour * 60 + minute - offset + 2880) % 1440 == 1439
    }

    /// Minutes ahead of UTC: `Z`, `+02:00`.
    private static func zoneOffset(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let sign = bytes.first else { return nil }
        if sign | 0x20 == UInt8(ascii: "z") { return bytes.count == 1 ? 0 : nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), bytes.count == 6,
            bytes[bytes.startIndex + 3] == UInt8(ascii: ":"), let hours = number(bytes, 1, 2), hours < 24,
            let minutes = number(bytes, 4, 2), minutes < 60
        else { return nil }
        return (sign == UInt8(ascii: "+") ? 1 : -1) * (hours * 60 + minutes)
    }

    /// RFC 5321 addresses without quoted local parts and address literals, which nobody has.
    static func isEmail(_ bytes: [UInt8]) -> Bool {
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")), (1...64).contains(at), bytes.count <= 254 else {
            return false
        }
        let local = bytes[..<at].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let signs = Array("!#$%&'*+/=?^_`{|}~-".utf8)
        return isHostname(bytes[(at + 1)...])
            && local.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { isDigit($0) || isLetter($0) || signs.contains($0) }
            }
    }

    /// RFC 1123, section 2.1.
    static func isHostname(_ bytes: ArraySlice<UInt8>) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (1...253).contains(bytes.count)
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { isDigit($0) || isLetter($0) || $0 == UInt8(ascii: "-") }
            }
    }

    /// RFC 3986: a scheme, then only characters that a URI may hold, percent signs with two hexadecimal digits.
    static func isURI(_ bytes: [UInt8]) -> Bool {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let first = bytes.first, isLetter(first) else {
            return false
        }
        let signs = Array("+-.".utf8)
        guard bytes[..<colon].allSatisfy({ isLetter($0) || isDigit($0) || signs.contains($0) }) else { return false }
        let allowed = Array("-._~:/?#[]@!$&'()*+,;=%".utf8)
        var fragments = 0
        for index in bytes.indices.dropFirst(colon + 1) {
            let byte = bytes[index]
            guard isLetter(byte) || isDigit(byte) || allowed.contains(byte) else { return false }
            if byte == UInt8(ascii: "#") { fragments += 1 }
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.count, hexDigit(bytes[index + 1]) != nil, hexDigit(bytes[index + 2]) != nil
                else {
                    return false
                }
            }
        }
        return fragments <= 1
    }

    /// RFC 9562, section 4.
    static func isUUID(_ bytes: [UInt8]) -> Bool {
        bytes.count == 36
            && bytes.enumerated().allSatisfy { index, byte in
                [8, 13, 18, 23].contains(index) ? byte == UInt8(ascii: "-") : hexDigit(byte) != nil
            }
    }

    /// Four decimal numbers without leading zeros, which some readers take for octal.
    static func isIPv4(_ bytes: ArraySlice<UInt8>) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
                    let value = number(part, 0, part.count)
                else { return false }
                return value < 256
            }
    }

    /// RFC 4291, section 2.2, without a zone.
    static func isIPv6(_ bytes: [UInt8]) -> Bool {
        var groups = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard groups.count >= 3 else { return false }
        var count = 0
        if let last = groups.last, last.contains(UInt8(ascii: ".")) {
            guard isIPv4(last) else { return false }
            groups.removeLast()
            count = 2
        }
        // `::` at an end leaves two empty groups there, of which one stands for the gap.
        if groups.count > 1, groups[0].isEmpty {
            guard groups[1].isEmpty else { return false }
            groups.removeFirst()
        }
        if count == 0, groups.count > 1, groups[groups.count - 1].isEmpty {
            guard groups[groups.count - 2].isEmpty else { return false }
            groups.removeLast()
        }
        let gaps = groups.filter(\.isEmpty).count
        for group in groups where !group.isEmpty {
            guard group.count <= 4, group.allSatisfy({ hexDigit($0) != nil }) else { return false }
            count += 1
        }
        return gaps == 0 ? count == 8 : gaps == 1 && count < 8
    }
}
