package import Model
package import NIOCore

extension Envelope {
    /// Reads the one message that a line holds. `keys` is scratch space that one reader hands from line to line.
    ///
    /// Accepts only what JSON-RPC 2.0 and the scanner's rules allow: version `2.0`, no batch, no byte-order mark, an
    /// identifier that is a string or a whole number, exactly one of `method`, `result` and `error`. Members that it
    /// does not know are passed over.
    package static func parse(
        _ line: ByteBuffer, keys: inout JSONKeyStack
    ) throws(ProtocolViolation) -> Envelope {
        let members = line.withUnsafeReadableBytes { bytes -> Result<EnvelopeMembers, EnvelopeFault> in
            do throws(EnvelopeFault) {
                return .success(try EnvelopeMembers(scanning: bytes, keys: &keys))
            } catch {
                return .failure(error)
            }
        }
        do throws(EnvelopeFault) {
            return try members.get().envelope(from: line)
        } catch {
            throw ProtocolViolation(error.kind, quoting: line)
        }
    }
}

/// Why a line is no message, before the line is quoted.
struct EnvelopeFault: Error {
    let kind: ProtocolViolation.Kind
    init(_ reason: String) { kind = .notAMessage(reason) }
    init(_ fault: JSONFault) { kind = .notJSON(fault) }
}

/// The members of a message as they were found, before they are held against the rules.
struct EnvelopeMembers {
    private enum Version { case absent, supported, other }
    private enum Method { case absent, named(String), invalid(String) }

    private var version = Version.absent
    private var id: Result<MessageID, IdentifierFault>?
    private var method = Method.absent
    private var parameters: Range<Int>?
    private var parametersFault: String?
    private var result: Range<Int>?
    private var error: Result<RemoteError, EnvelopeFault>?

    init(scanning bytes: UnsafeRawBufferPointer, keys: inout JSONKeyStack) throws(EnvelopeFault) {
        // Moved, not copied: a second reference would make the scanner copy the stack at its first key.
        var scratch = JSONKeyStack()
        swap(&scratch, &keys)
        var scanner = JSONScanner(bytes, keys: consume scratch)
        var fault: EnvelopeFault?
        do throws(JSONFault) {
            let first = try scanner.peek()
            if first == UInt8(ascii: "{") {
                try scanner.members(depth: 0) { (scanner, key) throws(JSONFault) in
                    try take(key, &scanner, bytes)
                }
                try scanner.end()
            } else {
                fault = try Self.refuse(first, &scanner, bytes)
            }
        } catch {
            fault = EnvelopeFault(error)
        }
        keys = scanner.takeKeys()
        if let fault { throw fault }
    }

    private mutating func take(
        _ key: JSONString, _ scanner: inout JSONScanner, _ bytes: UnsafeRawBufferPointer
    ) throws(JSONFault) {
        if key.equals("id", in: bytes) {
            id = try scanner.messageID(in: bytes)
        } else if key.equals("result", in: bytes) {
            result = try scanner.value(depth: 1)
        } else if key.equals("jsonrpc", in: bytes) {
            version = try Self.version(&scanner, bytes)
        } else if key.equals("method", in: bytes) {
            method = try Self.method(&scanner, bytes)
        } else if key.equals("params", in: bytes) {
            switch try scanner.peek() {
            case UInt8(ascii: "{"), UInt8(ascii: "["): parameters = try scanner.value(depth: 1)
            case UInt8(ascii: "n"): try scanner.literal("null")
            default:
                _ = try scanner.value(depth: 1)
                parametersFault = "params is neither an object nor an array"
            }
        } else if key.equals("error", in: bytes) {
            error = try RemoteError.scan(&scanner, bytes)
        } else {
            _ = try scanner.value(depth: 1)
        }
    }

    private static func version(
        _ scanner: inout JSONScanner, _ bytes: UnsafeRawBufferPointer
    ) throws(JSONFault) -> Version {
        guard try scanner.peek() == UInt8(ascii: "\"") else {
            _ = try scanner.value(depth: 1)
            return .other
        }
        return try scanner.string().equals("2.0", in: bytes) ? .supported : .other
    }

    private static func method(
        _ scanner: inout JSONScanner, _ bytes: UnsafeRawBufferPointer
    ) throws(JSONFault) -> Method {
        guard try scanner.peek() == UInt8(ascii: "\"") else {
            _ = try scanner.value(depth: 1)
            return .invalid("method is not a string")
        }
        let name = try scanner.string()
        guard name.range.count <= Envelope.maximumMethodBytes else {
            return .invalid("the method's name is longer than \(Envelope.maximumMethodBytes) bytes")
        }
        return .named(name.text(in: bytes))
    }

    /// What a line that is not an object is instead.
    private static func refuse(
        _ first: UInt8, _ scanner: inout JSONScanner, _ bytes: UnsafeRawBufferPointer
    ) throws(JSONFault) -> EnvelopeFault {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return EnvelopeFault("the line begins with a byte-order mark") }
        _ = try scanner.wholeValue()
        return EnvelopeFault(first == UInt8(ascii: "[") ? "batches are not supported" : "not an object")
    }

    /// Holds the members against the rules.
    func envelope(from line: ByteBuffer) throws(EnvelopeFault) -> Envelope {
        switch version {
        case .supported: break
        case .absent: throw EnvelopeFault("jsonrpc is missing")
        case .other: throw EnvelopeFault("jsonrpc is not \"2.0\"")
        }
        switch (method, result, error) {
        case (.invalid(let reason), _, _): throw EnvelopeFault(reason)
        case (.named(let name), nil, nil):
            if let parametersFault { throw EnvelopeFault(parametersFault) }
            let payload = parameters.flatMap { line.payload($0) }
            guard let id else { return .notification(method: name, parameters: payload) }
            return .request(try Self.valid(id), method: name, parameters: payload)
        case (.absent, let range?, nil):
            guard let id else { throw EnvelopeFault("a result without an id") }
            guard let payload = line.payload(range) else { throw EnvelopeFault("no result") }
            return .result(try Self.valid(id), payload)
        case (.absent, nil, let error?):
            guard let id else { throw EnvelopeFault("an error without an id") }
            let failure = try error.get()
            if case .failure(.null) = id { return .failure(nil, failure) }
            return .failure(try Self.valid(id), failure)
        case (.absent, nil, nil): throw EnvelopeFault("none of method, result and error")
        case (.absent, _?, _?): throw EnvelopeFault("both result and error")
        case (.named, _, _): throw EnvelopeFault("both a request and a reply")
        }
    }

    private static func valid(_ id: Result<MessageID, IdentifierFault>) throws(EnvelopeFault) -> MessageID {
        switch id {
        case .success(let id): return id
        case .failure(let fault): throw EnvelopeFault(fault.rawValue)
        }
    }
}

extension ByteBuffer {
    /// The bytes at a range of the readable ones, shared.
    func payload(_ range: Range<Int>) -> ByteBuffer? {
        getSlice(at: readerIndex + range.lowerBound, length: range.count)
    }
}
