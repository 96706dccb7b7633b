import Testing

@testable import Egress

@Suite struct TunnelGateTests {
    /// A ClientHello with the extensions, cut into records of `size` bytes.
    static func hello(_ extensions: [UInt8], records size: Int = 1 << 14) -> [UInt8] {
        var body: [UInt8] = [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + [0, 2, 0x13, 0x01] + [1, 0]
        body += number(extensions.count, 2) + extensions
        let message = [1] + number(body.count, 3) + body
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: message.count, by: size) {
            let part = message[start..<min(start + size, message.count)]
            bytes += [22, 3, 1] + number(part.count, 2) + part
        }
        return bytes
    }

    static func serverName(_ name: String) -> [UInt8] {
        let name = Array(name.utf8)
        let list = [0] + number(name.count, 2) + name
        let content = number(list.count, 2) + list
        return number(0, 2) + number(content.count, 2) + content
    }

    private static func number(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func decide(_ bytes: [UInt8], _ destination: String) throws -> String {
        let gate = TunnelGate(try Authority(destination, defaultPort: nil))
        return switch bytes.withUnsafeBytes({ gate.decide($0) }) {
        case .wait: "wait"
        case .open: "open"
        case .shut: "shut"
        }
    }

    @Test(arguments: [1 << 14, 40, 5, 1])
    func `a server name is found however the greeting is cut into records`(size: Int) throws {
        let bytes = Self.hello(Self.serverName("Example.com"), records: size)
        #expect(try Self.decide(bytes, "example.com:443") == "open")
        #expect(try Self.decide(bytes, "evil.com:443") == "shut")
    }

    @Test func `nothing passes before the greeting is whole`() throws {
        let bytes = Self.hello(Self.serverName("example.com"))
        for length in 1..<bytes.count { #expect(try Self.decide(Array(bytes[..<length]), "example.com:443") == "wait", "\(length)") }
    }

    @Test func `without a server name only a tunnel to an address opens`() throws {
        #expect(try Self.decide(Self.hello([]), "example.com:443") == "shut")
        #expect(try Self.decide(Self.hello([]), "203.0.113.7:443") == "open")
        #expect(try Self.decide(Self.hello(Self.serverName("evil.com")), "203.0.113.7:443") == "shut")
    }

    @Test func `two server names, or a list of them, are refused`() throws {
        let twice = Self.serverName("example.com") + Self.serverName("example.com")
        #expect(try Self.decide(Self.hello(twice), "example.com:443") == "shut")
        var list = Self.serverName("example.com")
        list += [0, 0, 1, 0x61]
        #expect(try Self.decide(Self.hello(list), "example.com:443") == "shut")
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "\u{16}\u{2}\u{1}", "\u{17}\u{3}\u{3}\u{0}\u{1}x",
    ])
    func `on port 443 nothing but TLS passes`(text: String) throws {
        #expect(try Self.decide(Array(text.utf8), "example.com:443") == "shut")
    }

    @Test func `a handshake of another kind and records that lie are refused`() throws {
        #expect(try Self.decide([22, 3, 1, 0, 4, 2, 0, 0, 0], "example.com:443") == "shut")
        #expect(try Self.decide([22, 3, 1, 0, 0], "example.com:443") == "shut")
        #expect(try Self.decide([22, 3, 1, 0xFF, 0xFF], "example.com:443") == "shut")
        var hello = Self.hello(Self.serverName("example.com"))
        hello[hello.count - 20] &+= 90
        #expect(try Self.decide(hello, "example.com:443") != "open")
        let endless = [UInt8](repeating: 0, count: 0) + [22, 3, 1, 0x40, 0, 1, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 1 << 14)
        #expect(try Self.decide(endless, "example.com:443") == "shut")
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: example.com:8080\r\n\r\n", "open"), ("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", "open"),
        ("GET / HTTP/1.1\r\nHost: evil.com\r\n\r\n", "shut"), ("GET / HTTP/1.1\r\nHost: ex", "wait"), ("GET / HTT", "wait"),
        ("GET / HTTP/1.1\r\nHost : evil.com\r\n\r\n", "shut"), ("*1\r\n$4\r\nPING\r\n", "open"), ("EHLO me\r\n", "open"),
        ("\u{0}\u{3}bytes", "open"),
        // What a lenient server takes for a request.
        ("GET / HTTP/1.1\nHost: evil.com\n\n", "shut"), ("GET\t/ HTTP/1.1\r\nHost: evil.com\r\n\r\n", "shut"),
        ("GET / HTTP/1.1 \r\nHost: evil.com\r\n\r\n", "shut"), ("get / HTTP/1.1\r\nHost: evil.com\r\n\r\n", "shut"),
        ("GET / HTTP/1.9\r\nHost: evil.com\r\n\r\n", "shut"), ("PROPFIND / HTTP/1.1\r\nHost: evil.com\r\n\r\n", "shut"),
        ("VERSION-CONTROL / HT", "wait"), ("GE", "wait"),
        // A target with a host in it.
        ("GET http://evil.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n", "shut"),
        ("GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n", "open"),
        ("GET http://user@evil.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n", "shut"),
        ("OPTIONS * HTTP/1.1\r\nHost: example.com\r\n\r\n", "open"),
        ("CONNECT evil.com:80 HTTP/1.1\r\nHost: example.com\r\n\r\n", "shut"),
    ])
    func `elsewhere a request in the clear must name the host and other protocols pass`(text: String, expected: String) throws {
        #expect(try Self.decide(Array(text.utf8), "example.com:8080") == expected)
    }

    @Test func `a request line that is too long to see its Host does not pass`() throws {
        let start = "GET /" + String(repeating: "x", count: 9000)
        #expect(try Self.decide(Array(start.utf8), "example.com:8080") == "wait")
        #expect(try Self.decide(Array((start + " HTTP/1.1\r\nHost: evil.com\r\n\r\n").utf8), "example.com:8080") == "shut")
        #expect(try Self.decide(Array((start + start).utf8), "example.com:8080") == "shut")
    }

    @Test func `TLS on another port must name the host too`() throws {
        #expect(try Self.decide(Self.hello(Self.serverName("evil.com")), "example.com:8443") == "shut")
        #expect(try Self.decide(Self.hello(Self.serverName("example.com")), "example.com:8443") == "open")
    }

    @Test func `bytes without sense never trap`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = Self.hello(Self.serverName("example.com"), records: Int.random(in: 1...60, using: &generator))
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = bytes.withUnsafeBytes { ClientHello($0) }
        }
    }
}
