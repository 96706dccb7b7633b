import Model

/// The records of an answer of DNS (RFC 1035 section 4), read from bytes that anybody may have sent.
struct RecordAnswer {
    enum Kind: UInt16 {
        case address = 1
        case text = 16
        case address6 = 28
    }

    /// The data of each record of that kind in the answer's own section; nil for what is no answer.
    static func data(of kind: Kind, in bytes: [UInt8]) -> [[UInt8]]? {
        guard let questions = word(bytes, 4), let answers = word(bytes, 6) else { return nil }
        var index = 12
        for _ in 0..<questions {
            guard let end = skipName(bytes, index) else { return nil }
            index = end + 4
        }
        var found: [[UInt8]] = []
        for _ in 0..<min(answers, 64) {
            guard let end = skipName(bytes, index), let type = word(bytes, end), let family = word(bytes, end + 2),
                let length = word(bytes, end + 8).map(Int.init), end + 10 + length <= bytes.count
            else { return nil }
            // Aliases on the way are records of another type.
            if type == kind.rawValue, family == 1 { found.append(Array(bytes[(end + 10)..<(end + 10 + length)])) }
            index = end + 10 + length
        }
        return found
    }

    /// The strings of a TXT record are one text: RFC 7208 section 3.3 says so for its own, and people expect it of all.
    static func text(_ data: [UInt8]) -> String? {
        var (rest, text): (ArraySlice<UInt8>, [UInt8]) = (data[...], [])
        while let length = rest.popFirst() {
            guard rest.count >= Int(length) else { return nil }
            text += rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
        }
        return String(validating: text, as: UTF8.self)
    }

    static func address(_ data: [UInt8], _ kind: Kind) -> Address? {
        switch kind {
        case .address where data.count == 4: .four(data.reduce(0) { $0 << 8 | UInt32($1) })
        case .address6 where data.count == 16: data.withUnsafeBytes { Address(six: $0) }
        default: nil
        }
    }

    private static func word(_ bytes: [UInt8], _ index: Int) -> UInt16? {
        index >= 0 && index + 1 < bytes.count ? UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]) : nil
    }

    /// Where a name ends; a pointer ends it, and is not followed.
    private static func skipName(_ bytes: [UInt8], _ start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            let length = Int(bytes[index])
            if length == 0 { return index + 1 }
            if length >= 0xC0 { return index + 2 <= bytes.count ? index + 2 : nil }
            guard length < 0x40 else { return nil }
            index += length + 1
        }
        return nil
    }
}
