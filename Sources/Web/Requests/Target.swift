import HTTPTypes
import Model

/// The path and the query of a request, decoded strictly: every escape two hexadecimal digits, everything UTF-8.
struct Target: Sendable {
    let segments: [String]
    let query: [(name: String, value: String)]
    /// The path as it came, for the log.
    let path: String

    /// Throws a refusal for what cannot be read, and for a parameter that stands twice.
    init(_ text: String) throws(Refusal) {
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw Refusal(.badRequest, "malformedTarget", "the target of the request is not a path")
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        path = String(decoding: parts[0], as: UTF8.self)
        var segments: [String] = []
        for part in parts[0].dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = Self.decode(part) else {
                throw Refusal(.badRequest, "malformedTarget", "the path of the request is not percent-encoded UTF-8")
            }
            segments.append(segment)
        }
        self.segments = segments
        var query: [(name: String, value: String)] = []
        for part in (parts.count > 1 ? parts[1] : "".utf8[...]).split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(pair[0], plusIsSpace: true),
                let value = Self.decode(pair.count > 1 ? pair[1] : "".utf8[...], plusIsSpace: true)
            else {
                throw Refusal(.badRequest, "malformedTarget", "the query of the request is not percent-encoded UTF-8")
            }
            guard !query.contains(where: { $0.name == name }) else {
                throw Refusal(
                    .badRequest, "malformedTarget", "a parameter stands twice",
                    faults: [Fault(.parameter(String(name.prefix(80))), "stands twice")])
            }
            query.append((name, value))
        }
        self.query = query
    }

    static func decode(_ text: Substring.UTF8View, plusIsSpace: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
