import Foundation
import Egress
import HostTesting
import Model
import Testing

@testable import Tenancy
@testable import Web
@testable import cloister

/// Logins at a real OpenID provider: oidc-provider-mock of PyPI, in a process of its own.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ProviderLoginTests {
    private static func with(_ body: @escaping @Sendable (WebFixture, Provider) async throws -> Void) async throws {
        try await Provider.with { (provider) async throws in
            try await WebFixture.with(signIn: provider.settings) { (web) async throws in
                try await web.host.createTenant()
                try await provider.know("ada", ["email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace"])
                try await set(web, provider)
                try await body(web, provider)
            }
        }
    }

    private static func set(_ web: WebFixture, _ provider: Provider) async throws {
        let reply = try await web.send(
            "PUT", "/api/identity-provider?tenant=acme",
            [
                "name": "Example ID", "issuer": .string(provider.issuer), "clientId": "cloister", "clientSecret": "kept & sealed",
                "domains": ["example.com"], "role": "builder",
            ])
        try #require(reply.status == 200, "\(reply.text)")
    }

    /// From the button to the page that comes last, and what it says.
    private static func login(
        _ visitor: inout PageVisitor, _ provider: Provider, as subject: String = "ada"
    ) async throws -> HTTPReply {
        let begun = try await visitor.get("/login/provider?tenant=acme")
        try #require(begun.status == 303, "\(begun.text)")
        return try await visitor.get(try await provider.authorize(begun.headers["location"] ?? "", as: subject))
    }

    @Test func `somebody comes in with the button, by code and PKCE, and once more by the subject`() async throws {
        try await Self.with { (web, provider) async throws in
            var visitor = PageVisitor(web)
            let page = try await visitor.get("/login?tenant=acme")
            #expect(page.text.contains("Continue with Example ID") && page.text.contains(#"href="/login/provider?tenant=acme""#))
            let begun = try await visitor.get("/login/provider?tenant=acme")
            let address = begun.headers["location"] ?? ""
            #expect(address.hasPrefix(provider.issuer + "/oauth2/authorize?") && address.contains("code_challenge_method=S256"))
            let back = try await provider.authorize(address, as: "ada")
            let entered = try await visitor.get(back)
            #expect(entered.status == 303 && entered.headers["location"] == "/account", "\(entered.text)")
            #expect(visitor.cookies["__Host-sign-in"] == nil)
            let account = try await visitor.get("/account")
            #expect(account.text.contains("Ada Lovelace") && account.text.contains("builder"))
            // The code and the state are used up, whoever brings them.
            #expect(try await visitor.get(back).status == 403)
            var thief = PageVisitor(web)
            #expect(try await thief.get(back).status == 403)

            try await provider.know("ada", ["email": "ada@elsewhere.example", "email_verified": false])
            var again = PageVisitor(web)
            #expect(try await Self.login(&again, provider).headers["location"] == "/account")
            let people = try await web.send("GET", "/api/people?tenant=acme").json["people"]?.array ?? []
            #expect(people.count == 1 && people[0]["email"] == "ada@example.com")
            let log = try await web.send("GET", "/api/audit?tenant=acme").json["entries"]?.array ?? []
            let logins = log.filter { $0["method"] == "login/provider" && $0["kind"] == "outcome" }
            #expect(logins.count == 2 && logins.allSatisfy { $0["principal"]?.string == "person \(people[0]["id"]?.string ?? "")" })
            #expect(!"\(log)".contains("kept & sealed"))
        }
    }

    @Test func `groups at the provider are roles here, from the next login on, and keys that open more go`() async throws {
        try await Self.with { (web, provider) async throws in
            let groups: JSONValue = [["group": "Cloister admins", "role": "admin"], ["group": "Readers = all", "role": "auditor"]]
            let wish: JSONValue = [
                "name": "Example ID", "issuer": .string(provider.issuer), "clientId": "cloister", "domains": ["example.com"],
                "groupsClaim": "teams", "groups": groups,
            ]
            let set = try await web.send("PUT", "/api/identity-provider?tenant=acme", wish)
            #expect(set.status == 200 && set.json["groups"] == groups && set.json["groupsClaim"] == "teams", "\(set.text)")
            let foreign = try await web.send(
                "PUT", "/api/identity-provider?tenant=acme",
                .object((wish.object ?? [:]).merging(["groups": [["group": "All", "role": "platform-owner"]]]) { $1 }))
            #expect(foreign.status == 422, "\(foreign.text)")

            try await provider.know("ada", ["email": "ada@example.com", "email_verified": true, "teams": ["Cloister admins"]])
            var visitor = PageVisitor(web)
            #expect(try await Self.login(&visitor, provider).headers["location"] == "/account")
            #expect(try await visitor.get("/account").text.contains("admin"))
            try await provider.know("ada", ["email": "ada@example.com", "email_verified": true, "teams": ["Readers = all"]])
            var again = PageVisitor(web)
            #expect(try await Self.login(&again, provider).headers["location"] == "/account")
            #expect(try await again.get("/account").text.contains("auditor"))
            #expect(try await visitor.get("/account").status == 303)
            let people = try await web.send("GET", "/api/people?tenant=acme").json["people"]?.array ?? []
            #expect(people.map { $0["role"] } == ["auditor"])
            let log = try await web.send("GET", "/api/audit?tenant=acme").json["entries"]?.array ?? []
            let moves = log.filter { $0["method"] == "login/provider/role" && $0["kind"] == "outcome" }
            #expect(moves.map { $0["subject"]?.string?.hasSuffix(" auditor") } == [true], "\(log)")
        }
    }

    @Test func `a page elsewhere begins nobody's login, and whoever follows a link there comes to the button`() async throws {
        try await Self.with { (web, _) async throws in
            let path = "/login/provider?tenant=acme"
            for site in ["cross-site", "same-site"] {
                for _ in 0...30 {
                    let led = try await web.send("GET", path, key: "", headers: ["Sec-Fetch-Site: \(site)"])
                    #expect(led.status == 303 && led.headers["location"] == "/login?tenant=acme" && led.headers["set-cookie"] == nil)
                }
            }
            for site in ["same-origin", "none"] {
                let begun = try await web.send("GET", path, key: "", headers: ["Sec-Fetch-Site: \(site)"])
                #expect(begun.status == 303 && begun.headers["location"]?.contains("code_challenge=") == true, "\(begun.text)")
            }
        }
    }

    @Test(arguments: [
        ("issuer", 403, "is of another issuer"), ("nonce", 403, "was made for another login"), ("audience", 403, "is meant for another client"),
        ("key", 403, "signed with a key that the provider does not have"), ("expired", 403, "has expired"), ("unsigned", 403, "is signed by"),
        ("discovery", 502, "names another issuer"),
    ])
    func `a provider that says something else lets nobody in`(fault: String, status: Int, reason: String) async throws {
        try await Self.with { (web, provider) async throws in
            try provider.misbehave(fault)
            var visitor = PageVisitor(web)
            let refused = fault == "discovery"
                ? try await visitor.get("/login/provider?tenant=acme") : try await Self.login(&visitor, provider)
            #expect(refused.status == status && refused.text.contains(reason), "\(refused.text)")
            #expect(refused.text.contains("Back to the login") && !refused.text.contains("kept & sealed") && !refused.text.contains("eyJ"))
            #expect(visitor.cookies["__Host-session"] == nil && visitor.cookies["__Host-sign-in"] == nil)
            let log = try await web.send("GET", "/api/audit").json["entries"]?.array ?? []
            let own = try await web.send("GET", "/api/audit?tenant=acme").json["entries"]?.array ?? []
            #expect((log + own).contains { $0["kind"] == "denied" && $0["method"] == "login/provider" })
        }
    }

    @Test func `a code that belongs to another login, or was used, is worth nothing`() async throws {
        try await Self.with { (web, provider) async throws in
            var (ada, eve) = (PageVisitor(web), PageVisitor(web))
            let (adas, eves) = (try await ada.get("/login/provider?tenant=acme"), try await eve.get("/login/provider?tenant=acme"))
            let back = try await provider.authorize(adas.headers["location"] ?? "", as: "ada")
            // Eve's browser with Ada's answer, and with Ada's code under the own state.
            #expect(try await eve.get(back).text.contains("belongs to another login"))
            func value(_ name: String, _ text: String) -> Substring {
                text.split(whereSeparator: { "?&".contains($0) }).first { $0.hasPrefix(name + "=") }?.dropFirst(name.count + 1) ?? ""
            }
            var mallory = PageVisitor(web)
            let begun = try await mallory.get("/login/provider?tenant=acme")
            let mixed = "\(ProviderPages.back)?code=\(value("code", back))&state=\(value("state", begun.headers["location"] ?? ""))"
            let refused = try await mallory.get(mixed)
            #expect(refused.status == 403, "\(refused.text)")
            #expect(mallory.cookies["__Host-session"] == nil && eves.status == 303)
        }
    }

    @Test func `keys that changed are read again, and a provider that is down is told of`() async throws {
        try await Self.with { (web, provider) async throws in
            var visitor = PageVisitor(web)
            #expect(try await Self.login(&visitor, provider).headers["location"] == "/account")
            try await provider.restart()
            try await provider.know("ada", ["email": "ada@example.com", "email_verified": true])
            var second = PageVisitor(web)
            let entered = try await Self.login(&second, provider)
            #expect(entered.headers["location"] == "/account", "\(entered.text)")
            try await provider.stop()
            let reply = try await web.send("POST", "/api/identity-provider/check?tenant=acme")
            #expect(reply.status == 502 && reply.json["detail"]?.string?.contains("cannot be asked") == true, "\(reply.text)")
            var third = PageVisitor(web)
            let down = try await third.get("/login/provider?tenant=acme")
            #expect(down.status == 502 && down.text.contains("Back to the login"), "\(down.text)")
        }
    }

    @Test func `a token that names no key is checked with the only one`() async throws {
        try await Self.with { (web, provider) async throws in
            try provider.misbehave("nameless")
            var visitor = PageVisitor(web)
            #expect(try await Self.login(&visitor, provider).headers["location"] == "/account")
        }
    }

    @Test func `a private address is asked only where the operator allows it`() async throws {
        try await Provider.with { (provider) async throws in
            var settings = SignInSettings()
            settings.allowed = PrivateGrants([try PrivateGrants.Entry("127.0.0.1:1")])
            try await WebFixture.with(signIn: settings) { (web) async throws in
                try await web.host.createTenant()
                try await Self.set(web, provider)
                let reply = try await web.send("POST", "/api/identity-provider/check?tenant=acme")
                #expect(reply.status == 502 && reply.json["hint"]?.string?.contains("allow-private") == true, "\(reply.text)")
                var visitor = PageVisitor(web)
                #expect(try await visitor.get("/login/provider?tenant=acme").status == 502)
            }
            try await WebFixture.with { (web) async throws in
                try await web.host.createTenant()
                let plain = try await web.send(
                    "PUT", "/api/identity-provider?tenant=acme",
                    ["name": "x", "issuer": .string(provider.issuer), "clientId": "c", "clientSecret": "s", "domains": ["example.com"]])
                #expect(plain.status == 422 && plain.json["errors"]?.array?.first?["pointer"] == "/issuer", "\(plain.text)")
            }
        }
    }

    @Test func `the provider is shown without its secret, changed with If-Match, checked and removed`() async throws {
        try await Self.with { (web, provider) async throws in
            let path = "/api/identity-provider?tenant=acme"
            let shown = try await web.send("GET", path)
            #expect(shown.json["name"] == "Example ID" && !shown.text.contains("sealed"))
            let tag = try #require(shown.headers["etag"])
            let change: JSONValue = ["name": "New", "issuer": .string(provider.issuer), "clientId": "cloister", "domains": ["example.com"]]
            #expect(try await web.send("PUT", path, change, headers: ["If-Match: \(tag)"]).json["role"] == .null)
            #expect(try await web.send("PUT", path, change, headers: ["If-Match: \(tag)"]).status == 412)
            let checked = try await web.send("POST", "/api/identity-provider/check?tenant=acme")
            #expect(checked.json["keys"] == 1 && checked.json["token"]?.string == provider.issuer + "/oauth2/token", "\(checked.text)")
            let member = try await Browser.open(web, "eve@example.com", .member, tenant: "acme")
            #expect(try await member.send("GET", "/api/identity-provider").status == 403)
            #expect(try await web.send("DELETE", path).status == 204)
            #expect(try await web.send("GET", path).status == 404)
            var visitor = PageVisitor(web)
            let bare = try await visitor.get("/login/provider?tenant=acme")
            #expect(bare.status == 404)
            // Whether there is such a tenant, nobody learns.
            var stranger = PageVisitor(web)
            let unknown = try await stranger.get("/login/provider?tenant=acmf")
            #expect(unknown.status == bare.status, "\(unknown.text)")
            #expect(!unknown.text.contains("did you mean") && !unknown.text.contains("tenant not found"), "\(unknown.text)")
            #expect(unknown.text.contains("No provider is set up here"), "\(unknown.text)")
        }
    }
}

/// `Tests/material/oidc_provider.py`.
final class Provider: Sendable {
    private let folder: String
    private let port: Int
    // Changed by one test, one step after the other.
    nonisolated(unsafe) private var process: Process

    private init(folder: String, port: Int, _ process: Process) {
        (self.folder, self.port, self.process) = (folder, port, process)
    }

    var issuer: String { "http://127.0.0.1:\(port)" }

    /// For a daemon that may ask it.
    var settings: SignInSettings {
        var settings = SignInSettings()
        settings.allowed = PrivateGrants([try? PrivateGrants.Entry("127.0.0.1:\(port)")].compactMap { $0 })
        return settings
    }

    static func with(_ body: @escaping @Sendable (Provider) async throws -> Void) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let (process, port) = try await start(folder, port: nil)
            let provider = Provider(folder: folder, port: port, process)
            defer { provider.end() }
            try await body(provider)
        }
    }

    private static func start(_ folder: String, port: Int?) async throws -> (Process, Int) {
        let process = Process()
        let (input, output) = (Foundation.Pipe(), Foundation.Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-B", "-W", "ignore", Built.root + "/Tests/material/oidc_provider.py", folder] + (port.map { ["\($0)"] } ?? [])
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = try await aside { output.fileHandleForReading.availableData }
        guard let port = Int(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Problem(.internalFault, "the provider of the tests did not start", hint: "Tests/material/fetch oidc")
        }
        return (process, port)
    }

    /// A child inherits which signals are blocked where it was started, and those of a test's thread are: SIGTERM may not come.
    private func end() { kill(process.processIdentifier, SIGKILL) }

    /// Returns when nobody listens any more. Foundation's own way to wait would hold one of the two threads that tests have.
    func stop() async throws {
        end()
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// With other keys, and nobody known.
    func restart() async throws {
        try await stop()
        process = try await Self.start(folder, port: port).0
    }

    func misbehave(_ fault: String) throws { try FileCopy.write(fault, to: folder + "/fault") }

    func know(_ subject: String, _ claims: JSONValue) async throws {
        let reply = try await send("PUT", "/users/\(subject)", claims.compactText, type: "application/json")
        try #require(reply.status == 204, "\(reply.text)")
    }

    /// Where the browser is sent once somebody has logged in there: path and query at this daemon.
    func authorize(_ address: String, as subject: String) async throws -> String {
        let path = String(address.dropFirst(issuer.count))
        let reply = try await send("POST", path, "sub=\(subject)", type: "application/x-www-form-urlencoded")
        let location = reply.headers["location"] ?? ""
        try #require(location.hasPrefix("http://localhost" + ProviderPages.back), "\(reply.status) \(reply.text.prefix(400))")
        return String(location.dropFirst("http://localhost".count))
    }

    private func send(_ method: String, _ path: String, _ body: String, type: String) async throws -> HTTPReply {
        let text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let port = port
        return try HTTPReply(try await aside { try RawHTTP.exchange(Array(text.utf8), port: port) })
    }
}
