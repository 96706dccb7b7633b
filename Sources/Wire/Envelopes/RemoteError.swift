package import Model
import NIOCore

/// The error object of a JSON-RPC reply.
package struct RemoteError: Error, Sendable, Equatable {
    package var code: Int
    package var message: String
    /// A problem document (RFC 9457) where the error is one of this protocol's own.
    package var data: JSONValue?

    /// What of a received message is kept, in bytes of UTF-8.
    package static let maximumMessageBytes = 4096
    /// The largest `data` that is read, in bytes; a larger one counts as absent.
    package static let maximumDataBytes = 64 << 10

    package init(code: Int, message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }
}

extension RemoteError {
    /// Scans the value of an `error` member.
    static func scan(
        _ scanner: inout JSONScanner, _ bytes: UnsafeRawBufferPointer
    ) throws(JSONFault) -> Result<RemoteError, EnvelopeFault> {
        guard try scanner.peek() == UInt8(ascii: "{") else {
            _ = try scanner.value(depth: 1)
            return .failure(EnvelopeFault("error is not an object"))
        }
        var code: Int64?
        var message: String?
        var data: Range<Int>?
        try scanner.members(depth: 1) { (scanner, key) throws(JSONFault) in
            let first = try scanner.peek()
            if key.equals("message", in: bytes), first == UInt8(ascii: "\"") {
                message = try scanner.string().text(in: bytes)
            } else {
                let range = try scanner.value(depth: 2)
                if key.equals("code", in: bytes) {
                    code = Int64(number: UnsafeRawBufferPointer(rebasing: bytes[range]))
                } else if key.equals("data", in: bytes), range.count <= maximumDataBytes {
                    data = range
                }
            }
        }
        guard let code, let code = Int(exactly: code) else {
            return .failure(EnvelopeFault("the error's code is not a whole number"))
        }
        guard let message else { return .failure(EnvelopeFault("the error's message is not a string")) }
        var error = RemoteError(code: code, message: message)
        if message.utf8.count > maximumMessageBytes {
            error.message = String(decoding: message.utf8.prefix(maximumMessageBytes), as: UTF8.self) + "…"
        }
        if let data { error.data = try? JSONValue.parse(UnsafeRawBufferPointer(rebasing: bytes[data])) }
        return .success(error)
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeStaticString(#"{"code":"#)
        buffer.writeDecimal(Int64(code))
        buffer.writeStaticString(#","message":"#)
        buffer.writeJSONText(message)
        if let data {
            buffer.writeStaticString(#","data":"#)
            buffer.writeBytes(data.bytes)
        }
        buffer.writeStaticString("}")
    }
}

extension Int64 {
    /// The value of a scanned JSON text, if it is an integer.
    fileprivate init?(number bytes: UnsafeRawBufferPointer) {
        guard bytes.allSatisfy({ $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.init(decimal: bytes)
    }
}
