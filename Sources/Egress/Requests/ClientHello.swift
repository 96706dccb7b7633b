/// What the first bytes of a tunnel say about whom they are meant for: the server name of a TLS ClientHello, which may
/// be spread over several records (RFC 8446, sections 4.1.2 and 5.1; RFC 6066, section 3).
package enum ClientHello: Hashable, Sendable {
    /// More bytes are needed.
    case incomplete
    /// Another protocol.
    case notTLS
    /// TLS without a server name.
    case nameless
    case names(String)
    /// It starts like TLS but breaks its rules.
    case malformed(String)

    /// More than this is no greeting.
    package static let limit = 16 << 10

    package init(_ bytes: UnsafeRawBufferPointer) {
        var reader = Reader(bytes)
        var message: [UInt8] = []
        while true {
            let start = reader.offset
            guard let type = reader.byte() else {
                self = bytes.count >= Self.limit ? .malformed("a greeting of more than 16 KiB") : .incomplete
                return
            }
            guard type == 22 else {
                self = start == 0 ? .notTLS : .malformed("another record inside of the greeting")
                return
            }
            guard let version = reader.number(2) else { self = .incomplete; return }
            guard version >> 8 == 3 else {
                self = start == 0 ? .notTLS : .malformed("a record of another version")
                return
            }
            guard let length = reader.number(2) else { self = .incomplete; return }
            guard (1...(1 << 14)).contains(length) else { self = .malformed("a record of \(length) bytes"); return }
            message += reader.most(length)
            if let first = message.first, first != 1 {
                self = .malformed("a handshake that does not start with a greeting")
                return
            }
            if let outcome = message.withUnsafeBytes(Self.read) {
                self = outcome
                return
            }
            guard message.count < Self.limit else { self = .malformed("a greeting of more than 16 KiB"); return }
        }
    }

    /// Nil while the handshake message is not complete.
    private static func read(_ message: UnsafeRawBufferPointer) -> ClientHello? {
        var reader = Reader(message)
        guard reader.byte() != nil, let length = reader.number(3) else { return nil }
        guard length <= limit else { return .malformed("a greeting of more than 16 KiB") }
        guard let body = reader.slice(length) else { return nil }
        var hello = Reader(body)
        guard hello.slice(2 + 32) != nil, let session = hello.byte(), session <= 32, hello.slice(session) != nil,
            let suites = hello.number(2), suites >= 2, suites % 2 == 0, hello.slice(suites) != nil,
            let methods = hello.byte(), methods >= 1, hello.slice(methods) != nil
        else { return .malformed("a greeting that ends early") }
        guard !hello.isAtEnd else { return .nameless }
        guard let total = hello.number(2), let extensions = hello.slice(total), hello.isAtEnd else {
            return .malformed("extensions of another length than they say")
        }
        return serverName(in: extensions)
    }

    private static func serverName(in extensions: UnsafeRawBufferPointer) -> ClientHello {
        var reader = Reader(extensions)
        var found: String?
        while !reader.isAtEnd {
            guard let type = reader.number(2), let length = reader.number(2), let content = reader.slice(length) else {
                return .malformed("an extension that ends early")
            }
            guard type == 0 else { continue }
            guard found == nil else { return .malformed("two server names") }
            var list = Reader(content)
            guard let total = list.number(2), total == content.count - 2, list.byte() == 0, let size = list.number(2),
                size >= 1, let name = list.slice(size), list.isAtEnd
            else { return .malformed("a list of server names that is not one name") }
            found = String(decoding: name, as: UTF8.self)
        }
        return found.map(ClientHello.names) ?? .nameless
    }
}

/// Reads numbers of the network's byte order, within bounds.
private struct Reader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func byte() -> Int? { number(1) }

    mutating func number(_ size: Int) -> Int? {
        guard let slice = slice(size) else { return nil }
        return slice.reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func slice(_ length: Int) -> UnsafeRawBufferPointer? {
        guard bytes.count - offset >= length else { return nil }
        defer { offset += length }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
    }

    /// So many bytes, or what there is.
    mutating func most(_ length: Int) -> UnsafeRawBufferPointer { slice(min(length, bytes.count - offset))! }
}
