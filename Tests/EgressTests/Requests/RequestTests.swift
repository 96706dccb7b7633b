import NIOCore
import Testing

@testable import Egress

@Suite struct RequestTests {
    private static func read(_ text: String) throws(Refusal) -> ProxyRequest? {
        var buffer = ByteBuffer(string: text)
        return try MessageHead.take(from: &buffer).map { (head) throws(Refusal) in try ProxyRequest(head) }
    }

    @Test func `a tunnel is asked for with CONNECT`() throws {
        let request = try #require(try Self.read("CONNECT API.Example.com.:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n"))
        #expect(request.form == .tunnel)
        #expect(request.destination.description == "api.example.com:443")
    }

    @Test func `a client of HTTP 1.0 may ask for a tunnel without a Host`() throws {
        #expect(try Self.read("CONNECT example.com:443 HTTP/1.0\r\n\r\n")?.form == .tunnel)
    }

    @Test func `an exchange is asked for with the whole address`() throws {
        let request = try #require(try Self.read("GET http://example.com/a?b=c HTTP/1.1\r\nHost: example.com\r\n\r\n"))
        #expect(request.form == .exchange(.http, path: "/a?b=c"))
        #expect(request.destination.description == "example.com:80")
        #expect(try Self.read("GET HTTPS://example.com HTTP/1.1\r\nHost: example.com:443\r\n\r\n")?.form == .exchange(.https, path: "/"))
        #expect(try Self.read("GET http://example.com?q HTTP/1.1\r\nHost: example.com\r\n\r\n")?.form == .exchange(.http, path: "/?q"))
    }

    private static let host = "Host: example.com\r\n"

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\(host)\r\n", "GET * HTTP/1.1\r\n\(host)\r\n", "GET ftp://example.com/ HTTP/1.1\r\n\(host)\r\n",
        "GET http:/example.com/ HTTP/1.1\r\n\(host)\r\n", "GET //example.com/ HTTP/1.1\r\n\(host)\r\n",
        "GET http://user:pw@example.com/ HTTP/1.1\r\n\(host)\r\n", "GET http://evil.com#@example.com/ HTTP/1.1\r\n\(host)\r\n",
        "GET http://evil.com\\@example.com/ HTTP/1.1\r\n\(host)\r\n", "GET http://example.com/#x HTTP/1.1\r\n\(host)\r\n",
        "GET http://example.com/ HTTP/1.1\r\n\r\n", "GET http://example.com/ HTTP/1.1\r\nHost: evil.com\r\n\r\n",
        "GET http://example.com/ HTTP/1.1\r\nHost: example.com:8080\r\n\r\n",
        "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nHost: example.com\r\n\r\n",
        "GET http://example.com/ HTTP/1.1\r\nHost: example.com, evil.com\r\n\r\n",
        "GET http://example.com/ HTTP/1.1\r\nHost:\r\n\r\n", "GET  http://example.com/ HTTP/1.1\r\n\(host)\r\n",
        "GET http://example.com/ HTTP/1.1 \r\n\(host)\r\n", " GET http://example.com/ HTTP/1.1\r\n\(host)\r\n",
        "GET http://example.com/ HTTP/2.0\r\n\(host)\r\n", "GET http://example.com/ HTTP/1.0\r\n\(host)\r\n",
        "GET http://example.com/ http/1.1\r\n\(host)\r\n", "G(T http://example.com/ HTTP/1.1\r\n\(host)\r\n",
        "GET http://exämple.com/ HTTP/1.1\r\n\(host)\r\n", "GET http://2130706433/ HTTP/1.1\r\nHost: 2130706433\r\n\r\n",
        "CONNECT example.com HTTP/1.1\r\n\(host)\r\n", "CONNECT http://example.com:443 HTTP/1.1\r\n\(host)\r\n",
        "CONNECT example.com:443/ HTTP/1.1\r\n\(host)\r\n", "CONNECT example.com:443 HTTP/1.1\r\nHost: evil.com:443\r\n\r\n",
        "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:80\r\n\r\n", "CONNECT example.com:443 HTTP/1.1\r\n\r\n",
        "CONNECT example.com:443 HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\n",
        "CONNECT u@example.com:443 HTTP/1.1\r\n\(host)\r\n", "CONNECT [::1%25lo]:443 HTTP/1.1\r\n\(host)\r\n",
    ])
    func `a request that could mean something else is refused`(text: String) {
        #expect(throws: Refusal.self) { try Self.read(text) }
    }

    @Test(arguments: [
        "GET http://example.com/ HTTP/1.1\n", "GET http://example.com/ HTTP/1.1\rHost: x", "\r\nGET http://example.com/ HTTP/1.1\r\n",
        "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n folded: x\r\n", "GET http://example.com/\u{0} HTTP/1.1\r\n",
        "GET http://example.com/ HTTP/1.1\r\nX: a\u{b}b\r\n", "GET http://example.com/ HTTP/1.1\r\n\tX: a\r\n",
        "GET http://example.com/ HTTP/1.1\r\nHost : example.com\r\n\r\n", "GET http://example.com/ HTTP/1.1\r\n: x\r\n\r\n",
        "GET http://example.com/ HTTP/1.1\r\nHost example.com\r\n\r\n", "GET http://example.com/ HTTP/1.1\r\nX: a\r\r\n\r\n",
    ])
    func `a head with other line ends, folds or control characters is refused at once`(text: String) {
        var buffer = ByteBuffer(string: text)
        #expect(throws: Refusal.self) { try MessageHead.take(from: &buffer) }
    }

    @Test func `a head that comes byte by byte is read once it is whole`() throws {
        let text = "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nX: y\r\n\r\nrest"
        var buffer = ByteBuffer()
        var head: MessageHead?
        for byte in text.utf8 {
            buffer.writeInteger(byte)
            if let found = try MessageHead.take(from: &buffer) { head = found }
        }
        #expect(head?.fields.map(\.name) == ["Host", "X"])
        #expect(String(buffer: buffer) == "rest")
    }

    @Test func `a head is bounded in bytes and in fields`() {
        var endless = ByteBuffer(string: "GET http://example.com/ HTTP/1.1\r\nX: " + String(repeating: "y", count: MessageHead.byteLimit))
        #expect(throws: Refusal.self) { try MessageHead.take(from: &endless) }
        var many = ByteBuffer(
            string: "GET http://example.com/ HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: MessageHead.fieldLimit + 1) + "\r\n")
        #expect(throws: Refusal.self) { try MessageHead.take(from: &many) }
    }

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\ncontent-length: 6",
        "Content-Length: 5, 5", "Content-Length: +5", "Content-Length: 0x5", "Content-Length: -1", "Content-Length:",
        "Content-Length: 9999999999999999999", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked\u{b}",
    ])
    func `a body whose end could be read in two ways is refused`(fields: String) {
        #expect(throws: Refusal.self) { try Self.read("POST http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\(fields)\r\n\r\n") }
    }

    @Test(arguments: [
        "GET ftp://user:hunter2@example.com/?key=hunter2 HTTP/1.1\r\n\(host)\r\n", "GET http://user:hunter2@example.com/ HTTP/1.1\r\n\(host)\r\n",
        "GET http://example.com/?key=hunter2#x HTTP/1.1\r\n\(host)\r\n", "GET http://example.com/?key=hunter2  HTTP/1.1\r\n\(host)\r\n",
        "GET user:hunter2@example.com HTTP/1.1\r\n\(host)\r\n", "GET http://example.com/ HTTP/1.1\r\nAuthorization Bearer hunter2\r\n\r\n",
        "GET http://example.com/ HTTP/1.1\r\nHost: user:hunter2@example.com\r\n\r\n",
        "CONNECT user:hunter2@example.com:443 HTTP/1.1\r\n\(host)\r\n",
    ])
    func `a refusal repeats no secret of the request`(text: String) throws {
        let refusal = try #require(#expect(throws: Refusal.self) { try Self.read(text) })
        #expect(!String(decoding: refusal.answer(), as: UTF8.self).contains("hunter2"), "\(refusal)")
    }

    @Test func `what was meant for the proxy or one connection does not reach the origin`() throws {
        let request = try #require(
            try Self.read(
                "POST http://example.com:8080/x HTTP/1.1\r\nhost: EXAMPLE.com:8080\r\nProxy-Authorization: Basic eA==\r\n"
                    + "Proxy-Connection: keep-alive\r\nConnection: keep-alive, X-Mine, Content-Length\r\nX-Mine: 1\r\nKeep-Alive: 5\r\n"
                    + "TE: trailers\r\nUpgrade: h2c\r\nAuthorization: mine\r\nContent-Length: 3\r\nX-Kept: yes\r\n\r\n"))
        var buffer = ByteBuffer()
        request.writeHead(path: "/x", scheme: .http, injecting: [.init("Authorization", "Bearer secret")], into: &buffer)
        #expect(
            String(buffer: buffer)
                == "POST /x HTTP/1.1\r\nHost: example.com:8080\r\nContent-Length: 3\r\nX-Kept: yes\r\nAuthorization: Bearer secret\r\n"
                + "Connection: close\r\n\r\n")
    }
}
