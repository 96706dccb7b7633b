package import NIOCore

import Model

/// The identifier of a request: a whole number of 64 bits or a string of at most `maximumBytes`.
package enum MessageID: Hashable, Sendable {
    case integer(Int64)
    case string(String)

    /// The longest string, in bytes of UTF-8. Identifiers are remembered, so their length must have an end.
    package static let maximumBytes = 128

    /// The member `name` of parameters such as `{"id": 7}`, or nil where there is none that is an identifier.
    package init?(member name: StaticString = "id", of parameters: ByteBuffer?) {
        let found = parameters?.withUnsafeReadableBytes { (bytes) -> MessageID? in
            do throws(JSONFault) {
                var scanner = JSONScanner(bytes)
                var id: MessageID?
                try scanner.members(depth: 0) { (scanner, key) throws(JSONFault) in
                    if key.equals(name, in: bytes), case .success(let value) = try scanner.messageID(in: bytes) {
                        id = value
                    } else if !key.equals(name, in: bytes) {
                        _ = try scanner.value(depth: 1)
                    }
                }
                return id
            } catch {
                return nil
            }
        }
        guard let id = found ?? nil else { return nil }
        self = id
    }
}

extension MessageID: CustomStringConvertible {
    /// For people: strings quoted, and free of control characters.
    package var description: String {
        switch self {
        case .integer(let value): String(value)
        case .string(let text): "\"\(PrintableText.text(of: text))\""
        }
    }
}

/// Why a value is no identifier.
enum IdentifierFault: String, Error {
    case null = "the id is null"
    case fraction = "the id is not a whole number"
    case tooLarge = "the id does not fit 64 bits"
    case tooLong = "the id is longer than 128 bytes"
    case otherKind = "the id is neither a string nor a number"
}

extension JSONScanner {
    /// Scans the value of an `id`. JSON that is not JSON throws; JSON that is not an identifier is a failure with its
    /// reason.
    mutating func messageID(in bytes: UnsafeRawBufferPointer) throws(JSONFault) -> Result<MessageID, IdentifierFault> {
        switch try peek() {
        case UInt8(ascii: "\""):
            let text = try string()
            guard text.range.count <= MessageID.maximumBytes else { return .failure(.tooLong) }
            return .success(.string(text.text(in: bytes)))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let (range, isInteger) = try number()
            guard isInteger else { return .failure(.fraction) }
            guard let value = Int64(decimal: UnsafeRawBufferPointer(rebasing: bytes[range])) else {
                return .failure(.tooLarge)
            }
            return .success(.integer(value))
        case UInt8(ascii: "n"):
            try literal("null")
            return .failure(.null)
        default:
            _ = try value(depth: 1)
            return .failure(.otherKind)
        }
    }
}

extension Int64 {
    /// The value of an integer that the scanner accepted, or nil where it does not fit.
    init?(decimal digits: UnsafeRawBufferPointer) {
        let isNegative = digits.first == UInt8(ascii: "-")
        var value: Int64 = 0
        for digit in isNegative ? digits.dropFirst() : digits[...] {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let step = Int64(digit - UInt8(ascii: "0"))
            let (sum, carry) = isNegative
                ? product.subtractingReportingOverflow(step) : product.addingReportingOverflow(step)
            guard !overflow, !carry else { return nil }
            value = sum
        }
        self = value
    }
}
