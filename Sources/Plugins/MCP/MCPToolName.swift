import Crypto
import Model

/// The name of a tool here for the name that an MCP server gave it, which may be any string.
///
/// A name that is valid here stays as it is. In others every byte that is not, and every escape that stands there already,
/// becomes `__xHH`, which can be read back: no two names become one. What is then still too long keeps its beginning and
/// ends in `__h` and a digest.
enum MCPToolName {
    static let limit = 64
    private static let escape = Array("__x".utf8)

    static func local(_ name: String) -> String {
        let bytes = Array(name.utf8)
        var result: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            let isEscape = bytes[index...].starts(with: escape) || bytes[index...].starts(with: Array("__h".utf8))
            if isPlain(byte), !isEscape { result.append(byte) } else { result += escape + hexadecimal(byte) }
        }
        if result.isEmpty { result = escape }
        guard result.count > limit else { return String(decoding: result, as: UTF8.self) }
        let digest = SHA256.hash(data: bytes).prefix(10).flatMap(hexadecimal)
        return String(decoding: result.prefix(limit - 3 - digest.count), as: UTF8.self) + "__h"
            + String(decoding: digest, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "_.-".utf8.contains(byte)
    }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
