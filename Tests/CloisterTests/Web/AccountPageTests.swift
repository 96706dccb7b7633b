import Foundation
import HostTesting
import HTTPTypes
import Model
import Testing

@testable import Tenancy
@testable import Web
@testable import cloister

/// The pages on which people change what is theirs, as a browser without any script uses them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AccountPageTests {
    private static let fresh = "nine loud geese overhead"

    private static var code: Int64 { Int64(Date().timeIntervalSince1970) / 30 }

    @Test func `nobody sees the pages or does anything on them who is not logged in, a key neither`() async throws {
        try await WebFixture.with { (web) async throws in
            var visitor = PageVisitor(web)
            for route in Routes.accountPages {
                let path = route.path.description
                let reply = route.method == .get ? try await visitor.get(path) : try await visitor.post(path, [:])
                #expect(reply.status == 303 && reply.headers["location"] == "/login", "\(route.method) \(path): \(reply.text)")
            }
            #expect(try await web.send("GET", "/account").headers["location"] == "/login")
        }
    }

    @Test func `a form that comes from elsewhere, or without the session's token, does nothing`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let ada = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            var visitor = try await PageVisitor.logIn(web, "ada@example.com", tenant: "acme")
            let bob = try await Browser.open(web, "bob@example.com", .owner, tenant: "acme")
            let token = try await Self.token(&visitor)
            let type = "Sec-Fetch-Site: same-origin"
            for route in Routes.accountPages where route.method == .post {
                let path = route.path.description
                for wrong in ["", "x", bob.formToken, ada.formToken] {
                    let refused = try await visitor.post(path, ["formToken": wrong])
                    #expect(refused.status == 403 && refused.text.contains("The form does not come from a page"), "\(path): \(refused.text)")
                }
                for headers in [
                    [], [type], ["Origin: http://localhost"], ["Sec-Fetch-Site: cross-site", "Origin: http://localhost"],
                    ["Sec-Fetch-Site: same-site", "Origin: http://localhost"], [type, "Origin: http://evil.example"], [type, "Origin: null"],
                ] {
                    #expect(try await visitor.post(path, ["formToken": token], headers: headers).status == 403, "\(path) \(headers)")
                }
            }
            #expect(try await ada.send("GET", "/api/me").status == 200)
            let denied = try await web.send("GET", "/api/audit?tenant=acme").json["entries"]?.array?.filter { $0["kind"] == "denied" } ?? []
            #expect(denied.contains { $0["method"] == "page/account/password/submit" && $0["principal"]?.string == "person \(ada.id)" }, "\(denied)")
        }
    }

    @Test func `a password is changed with the one until now, other sessions end, and the person is told`() async throws {
        try await Mailbox.with { (mailbox) async throws in
            try await WebFixture.with(notifications: mailbox.settings, signIn: mailbox.signIn) { (web) async throws in
                try await web.host.createTenant()
                let sending = Task { await web.host.daemon.courier.run() }
                defer { sending.cancel() }
                let other = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
                var visitor = try await PageVisitor.logIn(web, "ada@example.com", tenant: "acme")
                let before = visitor.cookies["__Host-session"] ?? ""
                let page = try await visitor.get("/account/password")
                #expect(page.text.contains(#"autocomplete="username" value="ada@example.com" readonly"#))
                let wrong = try await visitor.submit(page, ["current": "<not this one>", "new": Self.fresh])
                #expect(wrong.status == 422 && Self.isBeside("current", wrong, "The password is refused: not the right one."), "\(wrong.text)")
                let weak = try await visitor.submit(wrong, ["current": Browser.password, "new": "password"])
                #expect(weak.status == 422 && Self.isBeside("new", weak, "The new password is refused: "), "\(weak.text)")
                for page in [wrong, weak] {
                    #expect(!page.text.contains("not this one") && !page.text.contains(Browser.password) && !page.text.contains(Self.fresh))
                }
                #expect(try await other.send("GET", "/api/me").status == 200)
                let sent = try mailbox.mails().count
                let done = try await visitor.submit(weak, ["current": Browser.password, "new": Self.fresh])
                #expect(done.status == 200 && done.text.contains("The password is changed"), "\(done.text)")
                #expect(visitor.cookies["__Host-session"] != before)
                #expect(try await web.host.daemon.people.session(before) == nil)
                #expect(try await other.send("GET", "/api/me").status == 401)
                #expect(try await visitor.get("/account").status == 200)
                let told = try await mailbox.mails(atLeast: sent + 1).filter { $0.subject.hasSuffix("your password was changed") }
                #expect(told.map(\.recipient) == ["ada@example.com"])
                var fresh = PageVisitor(web)
                let login = try await fresh.get("/login")
                #expect(try await fresh.submit(login, ["tenant": "acme", "email": "ada@example.com", "password": Browser.password]).status == 401)
                #expect(try await fresh.submit(login, ["tenant": "acme", "email": "ada@example.com", "password": Self.fresh]).status == 303)
                let log = try await web.send("GET", "/api/audit?tenant=acme")
                let deeds = log.json["entries"]?.array?.filter { $0["kind"] == "outcome" && $0["method"] == "me/password" } ?? []
                #expect(deeds.map { $0["outcome"] == "done" } == [true, false, false], "\(deeds)")
                #expect(!log.text.contains(Self.fresh))
            }
        }
    }

    @Test func `a second factor is set up with a code, its recovery codes are shown, and it is switched off`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            _ = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            var visitor = try await PageVisitor.logIn(web, "ada@example.com", tenant: "acme")
            let page = try await visitor.get("/account/second-factor")
            let wrong = try await visitor.submit(page, ["password": "not this one at all"])
            #expect(wrong.status == 422 && Self.isBeside("password", wrong, "The password is refused: not the right one."), "\(wrong.text)")
            let begun = try await visitor.submit(wrong, ["password": Browser.password])
            let secret = try #require(begun.text.firstMatch(of: /name="secret" value="([A-Z2-7]{32})"/).map { String($0.1) }, "\(begun.text)")
            let factor = OneTimePassword(secret: try #require(Base32.decode(secret)))
            let uri = factor.uri(issuer: "localhost", account: "ada@example.com")
            #expect(begun.status == 200 && begun.text.contains("href=\"\(uri.replacing("&", with: "&amp;"))\""), "\(begun.text)")
            #expect(begun.text.contains(secret.prefix(4) + " " + secret.dropFirst(4).prefix(4) + " "))
            #expect(begun.text.contains("d=\"\(try #require(QRCode(uri)).path)\""))
            #expect(try await visitor.get("/account").text.contains("not set up"))
            let missed = try await visitor.submit(begun, ["code": "000000"])
            #expect(missed.status == 422 && Self.isBeside("code", missed, "The code is refused: not the code of this moment."), "\(missed.text)")
            #expect(missed.text.contains(secret.prefix(4) + " "))
            let forged = try await visitor.submit(begun, ["code": "000000", "secret": "\"><script>x</script>"])
            #expect(forged.status == 422 && !forged.text.contains("<script>x") && !forged.text.contains("otpauth:"))
            let now = factor.code(at: Self.code)
            let done = try await visitor.submit(missed, ["code": now.prefix(3) + " " + now.dropFirst(3)])
            let codes = done.text.matches(of: /<li><code>([A-Z2-7-]{19})<\/code>/).map { String($0.1) }
            #expect(done.status == 200 && Set(codes).count == 10 && !done.text.contains(secret), "\(done.text)")
            let again = try await visitor.submit(missed, ["code": factor.code(at: Self.code)])
            #expect(again.status == 409 && again.text.contains("No second factor was begun"), "\(again.text)")

            let off = try await visitor.get("/account/second-factor")
            #expect(!off.text.contains(secret) && !off.text.contains(codes[0]))
            let (first, last) = (try #require(codes.first), try #require(codes.last))
            let refused = try await visitor.submit(off, ["password": "not this one at all", "code": first])
            #expect(refused.status == 422 && Self.isBeside("password", refused, "The password is refused: "), "\(refused.text)")
            let spent = try await visitor.submit(off, ["password": Browser.password, "code": "000000"])
            #expect(spent.status == 422 && Self.isBeside("code", spent, "The code is refused: not good."), "\(spent.text)")
            #expect(try await visitor.get("/account").text.contains("<td>set up</td>"))
            let ended = try await visitor.submit(spent, ["password": Browser.password, "code": last])
            #expect(ended.status == 200 && ended.text.contains("is switched off"), "\(ended.text)")
            #expect(try await visitor.get("/account").text.contains("<td>not set up</td>"))
            let log = try await web.send("GET", "/api/audit?tenant=acme")
            let deeds = log.json["entries"]?.array?.filter { $0["kind"] == "outcome" && $0["outcome"] == "done" }.compactMap { $0["method"]?.string } ?? []
            #expect(Set(["me/second-factor/begin", "me/second-factor/confirm", "me/second-factor/remove"]).isSubset(of: deeds), "\(deeds)")
            #expect(!log.text.contains(secret) && !log.text.contains(first))
        }
    }

    @Test func `wrong passwords and codes on the pages are counted together, and those that the API is asked with, too`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let ada = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            var visitor = try await PageVisitor.logIn(web, "ada@example.com", tenant: "acme")
            let begun = try await visitor.submit(try await visitor.get("/account/second-factor"), ["password": Browser.password])
            let page = try await visitor.get("/account/password")
            for attempt in 0..<People.mostAttempts {
                let refused: Int
                switch attempt % 3 {
                case 0: refused = try await visitor.submit(page, ["current": "not this one at all", "new": Self.fresh]).status
                case 1: refused = try await visitor.submit(begun, ["code": "000000"]).status
                default:
                    let wish: JSONValue = ["current": "not this one at all", "new": .string(Self.fresh)]
                    refused = try await ada.send("PUT", "/api/me/password", wish).status
                }
                #expect(refused == 422, "\(attempt)")
            }
            let tooMany = try await visitor.submit(page, ["current": Browser.password, "new": Self.fresh])
            #expect(tooMany.status == 429 && tooMany.headers["retry-after"] != nil && tooMany.text.contains("Too many wrong passwords"), "\(tooMany.text)")
            #expect(try await visitor.submit(begun, ["code": "000000"]).status == 429)
            #expect(try await visitor.submit(try await visitor.get("/account/second-factor"), ["password": Browser.password]).status == 429)
        }
    }

    @Test func `sessions are shown with where they are from, and one that is ended opens nothing`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let other = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
            let bob = try await Browser.open(web, "bob@example.com", .member, tenant: "acme")
            _ = try await PageVisitor.logIn(web, "ada@example.com", tenant: "acme", agent: "<b>x</b>")
            let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
            var visitor = try await PageVisitor.logIn(web, "ada@example.com", tenant: "acme", agent: firefox)
            let page = try await visitor.get("/account/sessions")
            #expect(page.text.contains("Firefox on Linux") && page.text.contains("&lt;b&gt;x&lt;/b&gt;") && page.text.contains("From 127.0.0.1"), "\(page.text)")
            let ids = page.text.matches(of: /name="session" value="([a-z0-9-]+)"/).map { String($0.1) }
            #expect(ids.count == 2 && page.text.ranges(of: #"<li class="panel">"#).count == 3 && page.text.ranges(of: "This is the one").count == 1)
            let mine = try await other.send("GET", "/api/me").json["session"]?.string ?? ""
            let theirs = try await bob.send("GET", "/api/me").json["session"]?.string ?? ""
            #expect(ids.contains(mine) && !page.text.contains(theirs))
            for none in [theirs, "session-0", "No Such", ""] {
                let refused = try await visitor.submit(page, ["session": none])
                #expect(refused.status == 404 && refused.text.contains("The session is over already"), "\(none): \(refused.text)")
            }
            #expect(try await bob.send("GET", "/api/me").status == 200)
            let ended = try await visitor.submit(page, ["session": mine])
            #expect(ended.headers["location"] == "/account/sessions?ended=1", "\(ended.text)")
            #expect(try await other.send("GET", "/api/me").status == 401)
            let next = try await visitor.get("/account/sessions?ended=1")
            #expect(next.text.contains("One session was ended") && next.text.ranges(of: #"<li class="panel">"#).count == 2)
            let fourth = try await Browser.logIn(web, "ada@example.com", tenant: "acme")
            let others = try await visitor.submit(next, to: "/account/sessions/end-others", [:])
            #expect(others.headers["location"] == "/account/sessions?ended=2", "\(others.text)")
            #expect(try await fourth.send("GET", "/api/me").status == 401)
            let alone = try await visitor.get("/account/sessions")
            #expect(alone.text.ranges(of: #"<li class="panel">"#).count == 1 && !alone.text.contains("End all others"))
            #expect(try await bob.send("GET", "/api/me").status == 200)
            let log = try await web.send("GET", "/api/audit?tenant=acme").json["entries"]?.array ?? []
            #expect(log.contains { $0["method"] == "me/sessions/revoke" && $0["outcome"] == "done" })
        }
    }

    @Test func `people choose what they are told of, of what their role may know`() async throws {
        try await Mailbox.with { (mailbox) async throws in
            try await WebFixture.with(notifications: mailbox.settings, signIn: mailbox.signIn) { (web) async throws in
                try await web.host.createTenant()
                let ada = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
                var visitor = try await PageVisitor.logIn(web, "ada@example.com", tenant: "acme")
                let page = try await visitor.get("/account/notifications")
                let boxes = page.text.matches(of: /name="([a-z.-]+)\.(inbox|mail)" aria-labelledby="([a-z.-]+) (inbox|mail)"( checked)?>/)
                    .map { "\($0.1) \($0.2) \($0.5 == nil ? "no" : "yes")" }
                #expect(
                    boxes == ["workflow.approval inbox yes", "workflow.approval mail yes", "workflow.failed inbox yes", "workflow.failed mail no"],
                    "\(page.text)")
                #expect(page.text.contains("Your decision is asked for"))
                let saved = try await visitor.submit(page, ["workflow.approval.inbox": "on", "workflow.failed.mail": "on", "key.created.mail": "on"])
                #expect(saved.headers["location"] == "/account/notifications?saved=true", "\(saved.text)")
                #expect(try await visitor.get("/account/notifications?saved=true").text.contains("Your choice is saved"))
                let kept = try await ada.send("GET", "/api/me/notifications/preferences").json["preferences"]
                #expect(
                    kept == [
                        "workflow.approval": ["inbox": true, "mail": false], "workflow.failed": ["inbox": false, "mail": true],
                    ], "\(String(describing: kept))")
                #expect(try await visitor.submit(page, ["no.such.kind": "on"]).status == 422)
            }
        }
    }

    @Test func `a host without mail asks nothing about it and keeps what was chosen, and the platform's people have no inbox`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let ada = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
            var visitor = try await PageVisitor.logIn(web, "ada@example.com", tenant: "acme")
            let page = try await visitor.get("/account/notifications")
            #expect(page.text.contains("This host sends no mails") && !page.text.contains(".mail\""))
            #expect(try await visitor.submit(page, ["workflow.failed.mail": "on"]).status == 303)
            let kept = try await ada.send("GET", "/api/me/notifications/preferences").json["preferences"]
            #expect(kept?["workflow.approval"] == ["inbox": false, "mail": true] && kept?["workflow.failed"] == ["inbox": false, "mail": false])
            _ = try await Browser.open(web, "root@example.com", .platformOwner, tenant: nil)
            var root = try await PageVisitor.logIn(web, "root@example.com", tenant: nil)
            #expect(try await !root.get("/account").text.contains("/account/notifications"))
            #expect(try await root.get("/account/notifications").status == 409)
            #expect(try await root.get("/account/sessions").text.contains("This is the one"))
        }
    }

    @Test func `pages that set a password name whose it is, once they know, and say at once that a text is not good`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let invited = try await web.send("POST", "/api/invitations?tenant=acme", ["email": "ada@example.com", "role": "owner"])
            let text = invited.json["text"]?.string ?? ""
            var visitor = PageVisitor(web)
            for path in ["/invitation", "/recovery/password"] {
                let asked = try await visitor.get(path)
                #expect(asked.status == 200 && asked.text.contains(#"name="text""#) && !asked.text.contains(#"type="password""#))
                #expect(asked.text.contains(#"<form class="panel" action="\#(path)">"#))
                for wrong in ["x", text.dropLast() + "-", AccessText.random(for: .invitation).text, AccessText.random(for: .recovery).text] {
                    let none = try await visitor.get("\(path)?text=\(wrong)")
                    #expect(none.status == 404 && none.text.contains("is not good") && !none.text.contains(#"type="password""#), "\(none.text)")
                }
            }
            let page = try await visitor.get("/invitation?text=\(text)")
            #expect(page.text.contains(#"autocomplete="username" value="ada@example.com" readonly"#), "\(page.text)")
            // To look uses nothing up.
            #expect(try await visitor.submit(page, ["name": "Ada", "password": Browser.password]).status == 200)
            #expect(try await visitor.get("/invitation?text=\(text)").status == 404)
            let begun = try await web.host.daemon.people.beginRecovery(of: "ada@example.com", in: web.host.tenant)
            let link = "/recovery/password?text=\(try #require(begun).text.text)"
            #expect(try await visitor.get(link).text.contains(#"autocomplete="username" value="ada@example.com" readonly"#))
        }
    }

    /// Of the pages of the session, which differs from that of the pages before it.
    private static func token(_ visitor: inout PageVisitor) async throws -> String {
        let page = try await visitor.get("/account")
        return String(try #require(page.text.firstMatch(of: /name="formToken" value="([0-9a-f]+)"/)).1)
    }

    /// Whether a page says what is wrong right behind the field, which names it as its description, and begins there.
    private static func isBeside(_ field: String, _ page: HTTPReply, _ text: String) -> Bool {
        let place = page.text.firstRange(of: #"<input id="\#(field)""#)
        guard let rest = place.map({ page.text[$0.lowerBound...] }), let end = rest.firstIndex(of: ">") else { return false }
        let (tag, after) = (rest[..<end], rest[rest.index(after: end)...].drop { $0.isWhitespace })
        return tag.contains(#"aria-describedby="problem"#) && tag.contains(#"aria-invalid="true""#) && tag.contains("autofocus")
            && after.hasPrefix(#"<p class="problem" role="alert" id="problem" tabindex="-1">\#(text)"#)
            && page.text.ranges(of: "autofocus").count == 1 && page.text.ranges(of: #"role="alert""#).count == 1
    }
}
