/// What may stand in a header of a request.
enum RequestHeader {
    /// Bytes of one value.
    static let valueLimit = 8192

    /// They decide where a message goes and where it ends, or in which form its answer comes; the engine sets them.
    private static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "accept-encoding",
    ]

    /// Why a header must not be set; nil where it may be.
    static func refusal(of name: String) -> String? {
        guard name.utf8.count <= 128, !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
            return "not the name of a header: \(name.prefix(64).debugDescription)"
        }
        let lower = name.lowercased()
        return reserved.contains(lower) || lower.hasPrefix("proxy-") ? "\(name) must not be set" : nil
    }

    /// Printable ASCII and tabs: a line break would begin a header of its own.
    static func isValue(_ text: String) -> Bool {
        text.utf8.count <= valueLimit && text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
    }

    /// A token of RFC 9110, section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
