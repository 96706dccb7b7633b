import Control
import Model
import Store
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Persons over HTTP, with real sockets.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PeopleTests {
    /// The table of `Scope.roles` over real requests: role × route × own or other tenant.
    @Test func `each role opens what the table says, of its own tenant and of no other`() async throws {
        try await WebFixture.with { (web) async throws in
            for id in ["acme", "globex"] { _ = try await web.host.daemon.store.createTenant(TenantID(unchecked: id)) }
            for role in Role.allCases {
                // One of the routes turns some of them off.
                for id in ["acme", "globex"] {
                    let features = Dictionary(uniqueKeysWithValues: Feature.allCases.map { ($0.rawValue, true) })
                    _ = try await web.host.send(.whitelabel(.setFeatures(TenantID(unchecked: id), features)))
                }
                let browser = try await Browser.open(
                    web, "\(role.rawValue)@example.com", role, tenant: role.isOfPlatform ? nil : "acme")
                for route in Routes.all where route.operation != "tenant/delete" {
                    guard case .key(let access) = route.access else { continue }
                    let hasScope = access.scope.roles.contains(role)
                    let own = try await browser.status(route, AuthorisationTests.path(route, tenant: "acme"))
                    let isOpen = hasScope && (role.isOfPlatform || access.reach == .tenant)
                    #expect((own != 403) == isOpen, "\(role) \(route.operation) of the own tenant: \(own)")
                    #expect(own != 401, "\(role) \(route.operation)")
                    guard !role.isOfPlatform else { continue }
                    let other = try await browser.status(route, AuthorisationTests.path(route, tenant: "globex"))
                    let isAboutNoTenant = route.operation == "key/revoke" && hasScope
                    #expect(other == 403 || isAboutNoTenant, "\(role) \(route.operation) of another tenant: \(other)")
                }
            }
        }
    }

    @Test func `what people do about themselves is in their tenant's log, and who was not let in is counted`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let ada = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            for _ in 0..<3 {
                let wrong: JSONValue = ["tenant": "acme", "email": "ada@example.com", "password": "not this one at all"]
                #expect(try await web.send("POST", "/api/login", wrong, key: "").status == 401)
            }
            let change: JSONValue = ["current": "wrong as well", "new": "nine loud geese overhead"]
            #expect(try await ada.send("PUT", "/api/me/password", change).status >= 400)
            #expect(try await ada.send("POST", "/api/logout").status == 204)
            let log = try await web.send("GET", "/api/audit?tenant=acme").json["entries"]?.array ?? []
            let ends = log.filter { $0["kind"] == "outcome" && $0["door"] == "http" && $0["principal"]?.string == "person \(ada.id)" }
            #expect(ends.map { $0["method"]?.string } == ["logout", "me/password", "login", "invitation/accept"], "\(log)")
            #expect(ends.map { $0["outcome"] == "done" } == [true, false, true, true])
            let denied = log.filter { $0["kind"] == "denied" }
            #expect(denied.map { $0["method"] } == ["login"])
            #expect(!"\(log)".contains("not this one") && !"\(log)".contains("ada@"))
        }
    }

    @Test func `a person comes by invitation, asks with a cookie, and leaves`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let owner = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            let me = try await owner.send("GET", "/api/me")
            #expect(me.status == 200 && me.json["role"] == "owner" && me.json["tenant"] == "acme")
            let admin = try await Browser.open(web, "bob@example.com", .admin, tenant: "acme")
            #expect(try await admin.send("GET", "/api/people").json["people"]?.array?.count == 2)
            #expect(try await admin.send("POST", "/api/invitations", ["email": "x@example.com", "role": "owner"]).status == 403)
            #expect(try await admin.send("PATCH", "/api/people/\(owner.id)", ["role": "member"]).status == 403)
            #expect(try await owner.send("PATCH", "/api/people/\(owner.id)", ["role": "member"]).status == 409)
            #expect(try await owner.send("DELETE", "/api/people/\(owner.id)").status == 409)
            let made = try await admin.send("POST", "/api/keys", ["name": "ci", "scopes": ["plugins:read"]])
            #expect(made.status == 201 && made.json["createdBy"]?.string == "person \(admin.id)")
            let key = made.json["text"]?.string ?? ""
            #expect(try await owner.send("PATCH", "/api/people/\(admin.id)", ["role": "builder"]).status == 200)
            #expect(try await admin.send("GET", "/api/me").status == 401)
            let builder = try await Browser.logIn(web, "bob@example.com", tenant: "acme")
            #expect(try await builder.send("GET", "/api/people").status == 403)
            #expect(try await owner.send("DELETE", "/api/people/\(admin.id)").status == 204)
            #expect(try await builder.send("GET", "/api/me").status == 401)
            // What a person made for the tenant stays the tenant's.
            #expect(try await web.send("GET", "/api/plugins", key: key).status == 200)
            #expect(try await owner.send("POST", "/api/logout").headers["set-cookie"]?.contains("Max-Age=0") == true)
            #expect(try await owner.send("GET", "/api/me").status == 401)
        }
    }

    @Test func `keys go with their maker where that is said`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let owner = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            let admin = try await Browser.open(web, "bob@example.com", .admin, tenant: "acme")
            let text = try await admin.send("POST", "/api/keys", ["name": "ci", "scopes": ["plugins:read"]]).json["text"]?.string ?? ""
            let other = try await owner.send("POST", "/api/keys", ["name": "ci", "scopes": ["plugins:read"]]).json["text"]?.string ?? ""
            #expect(try await owner.send("DELETE", "/api/people/\(owner.id)?keys=true").status == 409)
            #expect(try await web.send("GET", "/api/plugins", key: other).status == 200)
            #expect(try await owner.send("DELETE", "/api/people/\(admin.id)?keys=true").status == 204)
            #expect(try await web.send("GET", "/api/plugins", key: text).status == 401)
            #expect(try await web.send("GET", "/api/plugins", key: other).status == 200)
        }
    }

    @Test func `a narrower role takes keys along that open more, and a revoked key what it invited to`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let owner = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            let admin = try await Browser.open(web, "bob@example.com", .admin, tenant: "acme")
            let wide = try await admin.send("POST", "/api/keys", ["name": "wide", "scopes": ["people:write", "plugins:read"]]).json
            let narrow = try await admin.send("POST", "/api/keys", ["name": "narrow", "scopes": ["plugins:read"]]).json
            let wish: JSONValue = ["email": "eve@example.com", "role": "member"]
            #expect(try await owner.send("PATCH", "/api/people/\(admin.id)", ["role": "builder"]).status == 200)
            #expect(try await web.send("GET", "/api/plugins", key: wide["text"]?.string ?? "").status == 401)
            #expect(try await web.send("GET", "/api/plugins", key: narrow["text"]?.string ?? "").status == 200)

            let key = try await owner.send(
                "POST", "/api/keys",
                ["name": "all", "scopes": .array(Role.member.scopes.union([.peopleWrite]).map { .string($0.rawValue) })]).json
            let made = try await web.send("POST", "/api/invitations", wish, key: key["text"]?.string ?? "")
            try #require(made.status == 201, "\(made.text)")
            #expect(try await owner.send("DELETE", "/api/keys/\(key["id"]?.string ?? "")").status < 300)
            let accepted = try await web.send(
                "POST", "/api/invitations/accept",
                ["invitation": made.json["text"] ?? .null, "name": "Eve", "password": "eleven tired foxes rest"], key: "")
            #expect(accepted.status == 404, "\(accepted.text)")
        }
    }

    @Test func `made-up tenants in logins are one kind in the platform's log`() async throws {
        try await WebFixture.with { (web) async throws in
            for index in 0..<6 {
                let wrong: JSONValue = ["tenant": .string("t\(index)"), "email": "ada@example.com", "password": "not this one at all"]
                #expect(try await web.send("POST", "/api/login", wrong, key: "").status == 401)
            }
            let log = try await web.send("GET", "/api/audit").json["entries"]?.array ?? []
            #expect(log.filter { $0["kind"] == "denied" && $0["method"] == "login" }.count == 1)
        }
    }

    @Test func `a cookie authorises no change from anywhere but the session's own pages`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let owner = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            let (cookie, token) = ("Cookie: \(owner.cookie)", "X-Form-Token: \(owner.formToken)")
            let (site, origin) = ("Sec-Fetch-Site: same-origin", "Origin: https://localhost")
            let wrong: [[String]] = [
                [], [token], [site, token], [origin, token], [site, origin], [site, origin, "X-Form-Token: 0"],
                [site, origin, token, token], ["Sec-Fetch-Site: cross-site", origin, token],
                ["Sec-Fetch-Site: same-site", origin, token], [site, "Sec-Fetch-Site: none", origin, token],
                [site, "Origin: null", token], [site, "Origin: https://evil.example", token],
                [site, "Origin: https://localhost.evil.example", token], [site, "Origin: https://localhost:8443", token],
                [site, "Origin: ftp://localhost", token], [site, "Origin: https://", token],
            ]
            for headers in wrong {
                let reply = try await web.send("POST", "/api/logout", key: "", headers: [cookie] + headers)
                #expect(reply.status == 403 && reply.json["code"] == "foreignRequest", "\(headers): \(reply.text)")
            }
            #expect(try await web.send("GET", "/api/me", key: "", headers: [cookie]).status == 200)
            let twice = try await web.send("GET", "/api/me", key: "", headers: ["\(cookie); \(owner.cookie)"])
            #expect(twice.status == 400)
            // A key needs none of this, and a cookie beside it counts for nothing.
            let key = try await web.key([.tenantsRead], tenant: web.host.tenant)
            let both = try await web.send("POST", "/api/invitations", ["email": "x@b.c", "role": "member"], key: key, headers: owner.headers)
            #expect(both.status == 403)
            for path in ["/api/login", "/api/invitations/accept"] {
                let foreign = try await web.send(
                    "POST", path, ["email": "a@b.c", "password": "x"], key: "", headers: ["Sec-Fetch-Site: cross-site"])
                #expect(foreign.status == 403)
            }
            #expect(try await owner.send("POST", "/api/logout").status == 204)
        }
    }

    @Test func `logins that fail look alike, and too many wait`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            _ = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            func login(_ email: String, _ tenant: String, _ password: String = "wrong password") async throws -> HTTPReply {
                try await web.send(
                    "POST", "/api/login", ["tenant": .string(tenant), "email": .string(email), "password": .string(password)], key: "")
            }
            let wrong = try await login("ada@example.com", "acme")
            var bodies: Set<String> = []
            for reply in [wrong, try await login("eve@example.com", "acme"), try await login("ada@example.com", "nowhere")] {
                #expect(reply.status == 401 && reply.headers["set-cookie"] == nil)
                bodies.insert(reply.text.replacing(reply.json["requestId"]?.string ?? "", with: ""))
            }
            #expect(bodies.count == 1)
            for _ in 0..<9 { _ = try await login("ada@example.com", "acme") }
            let waiting = try await login("ada@example.com", "acme", Browser.password)
            #expect(waiting.status == 429)
            #expect((Int(waiting.headers["retry-after"] ?? "") ?? 0) > 0)
        }
    }

    @Test func `passwords, second factors and sessions are their person's own affair`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let first = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
            let second = try await Browser.logIn(web, "ada@example.com", tenant: "acme")
            let sessions = try await first.send("GET", "/api/me/sessions").json["sessions"]?.array ?? []
            #expect(sessions.count == 2 && sessions.allSatisfy { $0["address"] == "127.0.0.1" })
            let other = try await Browser.open(web, "eve@example.com", .member, tenant: "acme")
            let foreign = try await other.send("GET", "/api/me").json["session"]?.string ?? ""
            #expect(try await first.send("DELETE", "/api/me/sessions/\(foreign)").status == 404)
            let own = try await second.send("GET", "/api/me").json["session"]?.string ?? ""
            #expect(try await first.send("DELETE", "/api/me/sessions/\(own)").status == 204)
            #expect(try await second.send("GET", "/api/me").status == 401)
            let changed = try await first.send(
                "PUT", "/api/me/password", ["current": .string(Browser.password), "new": "nine loud geese overhead"])
            #expect(changed.status == 200 && changed.headers["set-cookie"]?.contains(first.cookie) == false)
            #expect(try await first.send("GET", "/api/me").status == 401)
            let offer = try await other.send("POST", "/api/me/second-factor", ["password": .string(Browser.password)])
            #expect(offer.status == 201 && offer.json["uri"]?.string?.hasPrefix("otpauth://totp/localhost:eve%40example.com?") == true)
            #expect(try await other.send("POST", "/api/me/second-factor/confirm", ["code": "abcdef"]).status == 422)
        }
    }

    @Test func `the address behind a proxy on this machine is the one that the proxy saw`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let browser = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
            let body: JSONValue = ["tenant": "acme", "email": "ada@example.com", "password": .string(Browser.password)]
            let forwarded = ["X-Forwarded-For: 203.0.113.9, 198.51.100.7"]
            #expect(try await web.send("POST", "/api/login", body, key: "", headers: forwarded).status == 200)
            let addresses = try await browser.send("GET", "/api/me/sessions").json["sessions"]?.array?.map { $0["address"] } ?? []
            #expect(addresses.contains("198.51.100.7"))
        }
    }
}
