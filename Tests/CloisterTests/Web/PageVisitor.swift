import HostTesting
import Model
import Testing

@testable import Web

/// Somebody at the pages, as a browser without any script: keeps cookies, fills in forms, follows redirects by hand.
struct PageVisitor {
    let web: WebFixture
    var host = "localhost"
    var agent: String?
    private(set) var cookies: [String: String] = [:]

    init(_ web: WebFixture) { self.web = web }

    /// Somebody whom `Browser.open` has made a person, logged in by the page.
    static func logIn(_ web: WebFixture, _ email: String, tenant: String?, agent: String? = nil) async throws -> PageVisitor {
        var visitor = PageVisitor(web)
        visitor.agent = agent
        let page = try await visitor.get("/login")
        let entered = try await visitor.submit(page, ["tenant": tenant ?? "", "email": email, "password": Browser.password])
        try #require(entered.headers["location"] == "/account", "\(entered.text)")
        return visitor
    }

    mutating func get(_ path: String) async throws -> HTTPReply { try await send("GET", path, nil, []) }

    /// Posts the first form of a page, or the one with that action, with its hidden fields and what is filled in.
    mutating func submit(
        _ page: HTTPReply, to path: String? = nil, _ fields: [String: String], headers: [String] = PageVisitor.own
    ) async throws -> HTTPReply {
        let actions = page.text.matches(of: /<form[^>]* action="([^"]+)"/).map { String($0.1) }
        let action = try #require(actions.first { path == nil || $0 == path }, "\(page.text)")
        var all = fields
        for hidden in page.text.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)"/) {
            all[String(hidden.1)] = all[String(hidden.1)] ?? String(hidden.2)
        }
        return try await post(action, all, headers: headers)
    }

    mutating func post(_ path: String, _ fields: [String: String], headers: [String] = PageVisitor.own) async throws -> HTTPReply {
        let body = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.escaped($0.value))" }.joined(separator: "&")
        return try await send("POST", path, Array(body.utf8), headers + ["Content-Type: application/x-www-form-urlencoded"])
    }

    static let own = ["Sec-Fetch-Site: same-origin", "Origin: http://localhost"]

    private mutating func send(_ method: String, _ path: String, _ body: [UInt8]?, _ headers: [String]) async throws -> HTTPReply {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Connection: close", "Accept: text/html"] + headers
        if let agent { lines.append("User-Agent: \(agent)") }
        if !cookies.isEmpty { lines.append("Cookie: " + cookies.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ")) }
        if let body { lines.append("Content-Length: \(body.count)") }
        let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? [])
        let port = web.port
        let raw = try await aside { try RawHTTP.exchange(bytes, port: port) }
        let reply = try HTTPReply(raw)
        #expect(reply.status != 500, "\(method) \(path): \(reply.text)")
        for line in String(decoding: raw, as: UTF8.self).split(separator: "\r\n") where line.lowercased().hasPrefix("set-cookie: ") {
            let parts = line.dropFirst("set-cookie: ".count).split(separator: "; ").map(String.init)
            let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            #expect(Set(["Path=/", "Secure", "HttpOnly", "SameSite=Lax"]).isSubset(of: parts) && pair[0].hasPrefix("__Host-"), "\(line)")
            cookies[pair[0]] = parts.contains("Max-Age=0") ? nil : pair[1]
        }
        if reply.headers["content-type"]?.hasPrefix("text/html") == true {
            #expect(reply.headers["content-security-policy"] == PageShell.contentPolicy)
            let scripts = reply.text.ranges(of: "<script").count
            #expect(scripts == reply.text.ranges(of: #"<script src="\#(Assets.session.path)"></script>"#).count && scripts < 2)
            #expect(!reply.text.contains("style=") && !reply.text.contains("/brand/custom.css"))
        }
        return reply
    }

    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            return byte < 0x80 && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
                ? String(Character(scalar)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
