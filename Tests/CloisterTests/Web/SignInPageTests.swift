import Foundation
import HostTesting
import Model
import Testing

@testable import Tenancy
@testable import Web
@testable import cloister

/// The pages where people come in, as a browser without any script uses them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SignInPageTests {
    @Test func `a person logs in with a password, sees the account, and logs out`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            _ = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            var visitor = PageVisitor(web)
            #expect(try await visitor.get("/account").headers["location"] == "/login")
            let page = try await visitor.get("/login?tenant=acme")
            #expect(page.status == 200 && page.text.contains(#"value="acme""#) && !page.text.contains("Continue with"), "\(page.text)")
            #expect(visitor.cookies["__Host-form"] != nil)
            let fields = ["tenant": "acme", "email": "ada@example.com"]
            for wrong in [
                ["password": "wrong <password>"], ["password": Browser.password, "tenant": "globex"],
                ["password": Browser.password, "tenant": "No Such"], ["password": Browser.password, "tenant": ""],
            ] {
                let refused = try await visitor.submit(page, fields.merging(wrong) { $1 })
                #expect(refused.status == 401 && refused.text.contains(#"role="alert""#) && refused.text.contains("ada@example.com"))
                #expect(!refused.text.contains("<password>") && !refused.text.contains(Browser.password))
            }
            let entered = try await visitor.submit(page, fields.merging(["password": Browser.password]) { $1 })
            #expect(entered.status == 303 && entered.headers["location"] == "/account", "\(entered.text)")
            let account = try await visitor.get("/account")
            #expect(account.status == 200 && account.text.contains("ada@example.com") && account.text.contains("owner"))
            let session = visitor.cookies["__Host-session"]
            let foreign = try await visitor.post("/logout", ["formToken": "x"])
            #expect(foreign.status == 403)
            #expect(try await visitor.submit(account, [:]).headers["location"] == "/login")
            #expect(visitor.cookies["__Host-session"] == nil && session != nil)
            #expect(try await web.host.daemon.people.session(session ?? "") == nil)
            let log = try await web.send("GET", "/api/audit?tenant=acme").json["entries"]?.array ?? []
            let methods = log.filter { $0["kind"] == "outcome" }.compactMap { $0["method"]?.string }
            #expect(methods.starts(with: ["logout", "login"]), "\(methods)")
            #expect(log.contains { $0["kind"] == "denied" && $0["method"] == "login" })
        }
    }

    @Test func `a second factor is asked for on a page of its own`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let ada = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            let begun = try await ada.send("POST", "/api/me/second-factor", ["password": .string(Browser.password)])
            let factor = OneTimePassword(secret: try #require(Base32.decode(begun.json["secret"]?.string ?? "")))
            let confirmed = try await ada.send(
                "POST", "/api/me/second-factor/confirm", ["code": .string(factor.code(at: Int64(Date().timeIntervalSince1970) / 30))])
            let codes = confirmed.json["recoveryCodes"]?.array?.compactMap(\.string) ?? []
            var visitor = PageVisitor(web)
            #expect(try await visitor.get("/login/code").headers["location"] == "/login")
            let page = try await visitor.get("/login")
            let next = try await visitor.submit(page, ["tenant": "acme", "email": "ada@example.com", "password": Browser.password])
            #expect(next.status == 303 && next.headers["location"] == "/login/code", "\(next.text)")
            #expect(visitor.cookies["__Host-session"] == nil)
            let asked = try await visitor.get("/login/code")
            #expect(asked.text.contains(#"autocomplete="one-time-code""#) && !asked.text.contains(Browser.password))
            #expect(try await visitor.submit(asked, ["code": "000000"]).status == 401)
            let entered = try await visitor.submit(asked, ["code": try #require(codes.first)])
            #expect(entered.headers["location"] == "/account", "\(entered.text)")
            #expect(try await visitor.get("/account").text.contains("set up"))
        }
    }

    @Test func `a form of another page, of another browser or with other fields is refused`() async throws {
        try await WebFixture.with { (web) async throws in
            var visitor = PageVisitor(web)
            let page = try await visitor.get("/login")
            let right = ["email": "ada@example.com", "password": "x", "tenant": ""]
            #expect(try await visitor.submit(page, right).status == 401)
            for headers in [
                ["Sec-Fetch-Site: cross-site", "Origin: http://localhost"], ["Sec-Fetch-Site: same-origin", "Origin: https://evil.example"],
                ["Origin: null"],
            ] {
                #expect(try await visitor.submit(page, right, headers: headers).status == 403)
            }
            #expect(try await visitor.submit(page, right.merging(["formToken": "0"]) { $1 }).status == 403)
            var other = PageVisitor(web)
            #expect(try await other.submit(page, right).status == 403)
            _ = try await other.get("/recovery")
            #expect(try await other.submit(page, right).status == 403)
            #expect(try await visitor.submit(page, right.merging(["more": "x"]) { $1 }).status == 422)
            #expect(try await visitor.post("/login", ["email": String(repeating: "x", count: 20_000)]).status == 413)
            let json = try await web.send("POST", "/login", ["email": "x"], key: "")
            #expect(json.status == 415)
        }
    }

    @Test func `pages show the tenant's name, escape what is typed, and lead on from errors`() async throws {
        try await WebFixture.with { (web) async throws in
            var visitor = PageVisitor(web)
            let page = try await visitor.get("/login")
            for mark in ["<label for=\"email\">", "autocomplete=\"username\"", "autocomplete=\"current-password\"", "class=\"skip\"", "width=device-width"] {
                #expect(page.text.contains(mark), "\(mark)")
            }
            let typed = try await visitor.submit(page, ["email": "\"><script>x</script>", "password": "x"])
            #expect(typed.text.contains("&quot;&gt;&lt;script&gt;x"))
            #expect(try await visitor.get("/").text.contains(#"href="/login""#))
            // A program is answered as one.
            #expect(try await web.send("GET", "/login?x=1", key: "").status == 422)
        }
    }

    @Test func `an invitation is mailed and accepted on its page`() async throws {
        try await Mailbox.with { (mailbox) async throws in
            try await WebFixture.with(notifications: mailbox.settings, signIn: mailbox.signIn) { (web) async throws in
                try await web.host.createTenant()
                _ = try await web.send("PUT", "/api/whitelabel/config?tenant=acme", ["productName": "Akten & Co"])
                let invited = try await web.send("POST", "/api/invitations?tenant=acme", ["email": "ada@example.com", "role": "owner"])
                #expect(invited.status == 201 && invited.json["mailed"] == true, "\(invited.text)")
                let mail = try #require(try mailbox.mails().first)
                #expect(mail.recipient == "ada@example.com" && mail.subject == "Akten & Co: you are invited")
                let path = try #require(mail.link)
                #expect(path == "/invitation?text=\(invited.json["text"]?.string ?? "")")
                var visitor = PageVisitor(web)
                let page = try await visitor.get(path)
                let weak = try await visitor.submit(page, ["name": "Ada <b>", "password": "password"])
                #expect(weak.status == 422 && weak.text.contains("Ada &lt;b&gt;") && weak.text.contains(#"role="alert""#), "\(weak.text)")
                #expect(weak.text.contains("The password is refused: ") && weak.text.contains(#"aria-describedby="problem password-hint" aria-invalid="true""#))
                let done = try await visitor.submit(weak, ["name": "Ada", "password": Browser.password])
                #expect(done.status == 200 && done.text.contains("Welcome, Ada"), "\(done.text)")
                #expect(try await visitor.submit(page, ["name": "Ada", "password": Browser.password]).status == 404)
                _ = try await Browser.logIn(web, "ada@example.com", tenant: "acme")
            }
        }
    }

    @Test func `a lost password is mended by a mail, once, and nobody learns who is there`() async throws {
        try await Mailbox.with { (mailbox) async throws in
            try await WebFixture.with(notifications: mailbox.settings, signIn: mailbox.signIn) { (web) async throws in
                try await web.host.createTenant()
                let ada = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
                let before = try mailbox.mails().count
                let sending = Task { await web.host.daemon.courier.run() }
                defer { sending.cancel() }
                var visitor = PageVisitor(web)
                let page = try await visitor.get("/recovery?tenant=acme")
                var told: Set<String> = []
                for (tenant, email) in [("acme", "eve@example.com"), ("acmf", "ada@example.com"), ("No Such", "ada@example.com"), ("acme", "ada@example.com")] {
                    let asked = try await visitor.submit(page, ["tenant": tenant, "email": email])
                    #expect(asked.status == 200, "\(asked.text)")
                    told.insert(asked.text)
                }
                #expect(told.count == 1)
                let mail = try #require(try await mailbox.mails(atLeast: before + 1).first { $0.subject.hasSuffix("another password") })
                #expect(mail.recipient == "ada@example.com" && mail.link?.hasPrefix("/recovery/password?text=cloister_recovery_") == true)
                let form = try await visitor.get(try #require(mail.link))
                #expect(form.headers["referrer-policy"] == "same-origin")
                let weak = try await visitor.submit(form, ["password": "password"])
                #expect(weak.status == 422 && weak.text.contains(#"role="alert""#), "\(weak.text)")
                let fresh = "nine loud geese overhead"
                let done = try await visitor.submit(weak, ["password": fresh])
                #expect(done.status == 200 && done.text.contains("ada@example.com") && !done.text.contains(fresh), "\(done.text)")
                #expect(try await visitor.submit(form, ["password": "four slow cranes below"]).status == 404)
                // What was open is closed, the old password opens nothing, and the person is told.
                #expect(try await ada.send("GET", "/api/me").status == 401)
                let login = try await visitor.get("/login?tenant=acme")
                #expect(try await visitor.submit(login, ["email": "ada@example.com", "tenant": "acme", "password": Browser.password]).status == 401)
                let entered = try await visitor.submit(login, ["email": "ada@example.com", "tenant": "acme", "password": fresh])
                #expect(entered.headers["location"] == "/account", "\(entered.text)")
                let all = try await mailbox.mails(atLeast: before + 2)
                #expect(all.count == before + 2 && all.contains { $0.subject.hasSuffix("your password was changed") && $0.link == nil })
                let log = try await web.send("GET", "/api/audit?tenant=acme")
                let methods = log.json["entries"]?.array?.filter { $0["outcome"] == "done" }.compactMap { $0["method"]?.string } ?? []
                #expect(Set(["recovery/begin", "recovery"]).isSubset(of: methods), "\(methods)")
                #expect(!log.text.contains("cloister_recovery_") && !log.text.contains(fresh))
            }
        }
    }

    @Test func `a host without mail says so, and shows invitations as ever`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            var visitor = PageVisitor(web)
            #expect(try await visitor.get("/recovery").text.contains("sends no mails"))
            let invited = try await web.send("POST", "/api/invitations?tenant=acme", ["email": "ada@example.com", "role": "owner"])
            #expect(invited.json["mailed"] == false && invited.json["text"]?.string?.hasPrefix("cloister_invitation_") == true)
        }
    }
}
