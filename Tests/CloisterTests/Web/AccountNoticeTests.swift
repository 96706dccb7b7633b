import Foundation
import HostTesting
import Model
import Testing

@testable import Tenancy
@testable import Web
@testable import cloister

/// People are told what is done with their accounts.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AccountNoticeTests {
    private static let fresh = "nine loud geese overhead"

    private static func notices(_ browser: Browser) async throws -> [String] {
        let inbox = try await browser.send("GET", "/api/me/notifications")
        return inbox.json["notifications"]?.array?.compactMap { $0["kind"]?.string }.filter { $0.hasPrefix("account.") } ?? []
    }

    @Test func `a password, a second factor, its recovery codes, a key and an address are told, by inbox and by mail`() async throws {
        try await Mailbox.with { mailbox in
            try await WebFixture.with(notifications: mailbox.settings, signIn: mailbox.signIn) { (web) async throws in
                try await web.host.createTenant()
                let sending = Task { await web.host.daemon.courier.run() }
                defer { sending.cancel() }
                var ada = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
                let eve = try await Browser.open(web, "eve@example.com", .owner, tenant: "acme")
                let off: JSONValue = ["preferences": ["account.password-changed": ["inbox": false, "mail": false]]]
                #expect(try await ada.send("PATCH", "/api/me/notifications/preferences", off).status == 409)

                let password: JSONValue = .string(Browser.password)
                let offer = try await ada.send("POST", "/api/me/second-factor", ["password": password])
                let factor = OneTimePassword(secret: try #require(Base32.decode(offer.json["secret"]?.string ?? "")))
                #expect(try await Self.notices(ada) == [])
                let code = factor.code(at: Int64(Date().timeIntervalSince1970) / 30)
                let confirmed = try await ada.send("POST", "/api/me/second-factor/confirm", ["code": .string(code)])
                let codes = confirmed.json["recoveryCodes"]?.array?.compactMap(\.string) ?? []
                #expect(codes.count == 10, "\(confirmed.text)")
                #expect(try await Self.notices(ada) == ["account.second-factor-changed"])

                let again = try await Browser.logIn(web, "ada@example.com", tenant: "acme", code: codes[0])
                #expect(try await Self.notices(again).first == "account.recovery-code-used")
                var visitor = PageVisitor(web)
                let asked = try await visitor.submit(
                    try await visitor.get("/login?tenant=acme"), ["email": "ada@example.com", "tenant": "acme", "password": Browser.password])
                #expect(asked.headers["location"] == "/login/code", "\(asked.text)")
                let entered = try await visitor.submit(try await visitor.get("/login/code"), ["code": codes[1]])
                #expect(entered.headers["location"] == "/account", "\(entered.text)")
                let inbox = try await ada.send("GET", "/api/me/notifications")
                #expect(inbox.text.contains("; 9 are left.") && inbox.text.contains("; 8 are left."), "\(inbox.text)")

                let removal: JSONValue = ["password": password, "code": .string(codes[2])]
                #expect(try await ada.send("POST", "/api/me/second-factor/remove", removal).status == 204)
                let key = try await ada.send("POST", "/api/keys", ["name": "ci", "scopes": ["plugins:call"]])
                #expect(key.status == 201, "\(key.text)")
                #expect(try await ada.send("PUT", "/api/me/password", ["current": password, "new": .string(Self.fresh)]).status == 200)

                let provisioner = try await web.key([.peopleProvision, .ownersWrite], tenant: web.host.tenant)
                let change: JSONValue = [
                    "schemas": [.string(SCIMPatch.schema)],
                    "Operations": [["op": "replace", "path": "emails", "value": [["value": "countess@example.com"]]]],
                ]
                let moved = try await web.send(
                    "PATCH", "/scim/v2/Users/\(ada.id)", bytes: change.bytes, key: provisioner, headers: ["Content-Type: application/scim+json"])
                #expect(moved.status == 200, "\(moved.text)")
                let login = try await web.send(
                    "POST", "/api/login", ["tenant": "acme", "email": "countess@example.com", "password": .string(Self.fresh)], key: "")
                let cookie = String((login.headers["set-cookie"] ?? "").prefix { $0 != ";" })
                ada = Browser(web: web, cookie: cookie, formToken: login.json["formToken"]?.string ?? "", id: ada.id)
                let kinds = [
                    "account.email-changed", "account.password-changed", "account.key-created", "account.second-factor-changed",
                    "account.recovery-code-used", "account.recovery-code-used", "account.second-factor-changed",
                ]
                #expect(try await Self.notices(ada) == kinds)
                #expect(try await Self.notices(eve) == [])

                func told() throws -> [Mailbox.Mail] { try mailbox.mails().filter { $0.text.contains("such mails cannot be turned off") } }
                while try told().count < kinds.count + 1 { try await Task.sleep(for: .milliseconds(20)) }
                let mails = try told()
                #expect(mails.map(\.recipient).filter { $0 == "countess@example.com" }.count == 1)
                #expect(mails.map(\.recipient).filter { $0 == "ada@example.com" }.count == kinds.count)
                let secrets = codes + [factor.base32, Browser.password, Self.fresh, key.json["text"]?.string ?? "none"]
                for text in mails.map(\.text) + [try await ada.send("GET", "/api/me/notifications").text] {
                    #expect(!secrets.contains { text.contains($0) }, "\(text)")
                }
            }
        }
    }

    @Test func `the platform's people, who have no inbox, are told by mail`() async throws {
        try await Mailbox.with { mailbox in
            try await WebFixture.with(notifications: mailbox.settings, signIn: mailbox.signIn) { (web) async throws in
                let root = try await Browser.open(web, "root@example.com", .platformOwner, tenant: nil)
                let password: JSONValue = ["current": .string(Browser.password), "new": .string(Self.fresh)]
                #expect(try await root.send("PUT", "/api/me/password", password).status == 200)
                func told() throws -> [Mailbox.Mail] { try mailbox.mails().filter { $0.subject.hasSuffix("your password was changed") } }
                while try told().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
                #expect(try told().map(\.recipient) == ["root@example.com"])
            }
        }
    }
}
