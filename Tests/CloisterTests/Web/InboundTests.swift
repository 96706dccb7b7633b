import Control
import Foundation
import HostTesting
import Model
import Store
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Messages of other services over HTTP, as they come and as they must not.
@Suite(.serialized, .timeLimit(.minutes(5))) struct InboundTests {
    @Test(arguments: ["github", "slack", "stripe", "standard-webhooks", "hmac-sha256", "token"])
    func `a message that is proved begins a run before it is answered`(scheme: String) async throws {
        try await WebFixture.with { (web) async throws in
            let more: [String: JSONValue] = scheme == "hmac-sha256" ? ["header": "X-Signature", "prefix": "sha256="] : [:]
            let site = try await InboundSite.make(web, ["signature": InboundSite.scheme(scheme, more)])
            let reply = try await site.post(#"{"id": "evt-1", "event_id": "evt-1"}"#, scheme)
            #expect(reply.status == 202, "\(reply.text)")
            let name = ["github": "msg-1", "standard-webhooks": "msg-1", "slack": "evt-1", "stripe": "evt-1"][scheme]
            #expect(reply.json["id"] == JSONValue(name))
            let runs = try await site.runs()
            #expect(runs.map { $0["id"] } == [reply.json["run"]] && runs.first?["trigger"] == "arrived")
            #expect(runs.first?["input"]?["body"] == ["id": "evt-1", "event_id": "evt-1"])
            let handed = runs.first?["input"]?["headers"]?.object ?? [:]
            #expect(handed["content-type"] == "application/json")
            #expect(!handed.keys.contains { $0.contains("signature") || $0 == "authorization" }, "\(handed)")
            #expect(runs.first?["input"]?.compactText.contains(InboundSite.secret) == false)
            for (wrong, code) in [("{}", "whsec_AAAA"), ("{} ", InboundSite.secret + "x")] {
                let refused = try await site.post(wrong, scheme, id: "msg-2", secret: code)
                #expect(refused.status == 403 && refused.json["code"] == "wrongSignature", "\(refused.text)")
            }
            #expect(try await site.runs().count == 1)
        }
    }

    @Test func `what is wrong begins no run, and is in the audit log, a flood of it once`() async throws {
        try await WebFixture.with { (web) async throws in
            let site = try await InboundSite.make(web, ["signature": InboundSite.scheme("standard-webhooks")])
            let first = try await site.post("{}", "standard-webhooks")
            #expect(first.status == 202)
            let replay = try await site.post("{}", "standard-webhooks")
            #expect(replay.status == 409 && replay.json["code"] == "replayed")
            #expect(replay.json["detail"]?.string?.contains(first.json["run"]?.string ?? "?") == true)
            for offset: Int64 in [-400, 400] {
                let stale = try await site.post("{}", "standard-webhooks", id: "msg-2", offset: offset)
                #expect(stale.status == 403 && stale.json["code"] == "staleMessage", "\(stale.text)")
            }
            let form = try await site.post("a=b", "standard-webhooks", id: "msg-3", type: "application/x-www-form-urlencoded")
            #expect(form.status == 415)
            let damaged = try await site.post("{\"a\":", "standard-webhooks", id: "msg-4")
            #expect(damaged.status == 400 && damaged.json["code"] == "malformedBody", "\(damaged.text)")
            let packed = try await site.post("{}", "standard-webhooks", id: "msg-5", more: ["Content-Encoding: gzip"])
            #expect(packed.status == 415)
            let large = try await site.post("\"" + String(repeating: "x", count: 1 << 20) + "\"", "standard-webhooks", id: "msg-6")
            #expect(large.status == 413)
            for _ in 0..<20 { #expect(try await site.post("{}", "", id: "msg-7").status == 403) }
            #expect(try await site.runs().count == 1)
            let outcomes = try await site.denials().compactMap { $0["outcome"]?.string }
            #expect(Set(outcomes) == ["replayed", "staleMessage", "unsupportedMediaType", "malformedBody", "wrongSignature"])
            #expect(outcomes.count == 5, "\(outcomes)")
            #expect(try await web.send("GET", "/in/acme/orders/arrived", key: "").status == 405)
        }
    }

    @Test func `to strangers what is not there, rests, lacks its secret or is another's is all the same`() async throws {
        try await WebFixture.with { (web) async throws in
            let site = try await InboundSite.make(web, ["signature": InboundSite.scheme("token")])
            let other = try await InboundSite.make(web, tenant: "globex", ["signature": InboundSite.scheme("token")])
            try await other.setSecret("another one")
            var unknown: [JSONValue] = []
            func note(_ reply: HTTPReply) {
                #expect(reply.status == 404)
                unknown.append(.object((reply.json.object ?? [:]).filter { $0.key != "requestId" }))
            }
            for path in ["/in/nobody/orders/arrived", "/in/acme/none/arrived", "/in/acme/orders/use", "/in/acme/orders/none", "/in/orders/arrived"] {
                note(try await site.post("{}", "token", to: path))
            }
            // The secret of one tenant opens nothing of another's.
            #expect(try await site.post("{}", "token", to: "/in/globex/orders/arrived").status == 403)
            try await site.operate("deactivate")
            note(try await site.post("{}", "token"))
            try await site.operate("activate")
            _ = try await web.host.send(.whitelabel(.setFeatures(web.host.tenant, ["workflows": false])))
            note(try await site.post("{}", "token"))
            _ = try await web.host.send(.whitelabel(.setFeatures(web.host.tenant, ["workflows": true])))
            #expect(try await web.send("DELETE", "/api/secrets/orders?tenant=acme").status == 204)
            note(try await site.post("{}", "token"))
            #expect(Set(unknown).count == 1, "\(unknown)")
            let shown = try await web.send("GET", "/api/workflows/orders?tenant=acme").json["webhooks"]
            #expect(
                shown == [
                    [
                        "node": "arrived", "path": "/in/acme/orders/arrived", "signature": "token", "secretName": "orders",
                        "reply": "accepted", "state": "secretMissing",
                    ]
                ])
            #expect(try await site.runs() == [])
            #expect(try await other.runs() == [])
            // A secret that is set anew holds from the next message on.
            try await site.setSecret("new")
            #expect(try await site.post("{}", "token").status == 403)
            #expect(try await site.post("{}", "token", secret: "new").status == 202)
        }
    }

    @Test func `a sender that waits gets the output, is told of a failure without its cause, and goes when the time is over`() async throws {
        try await WebFixture.with { (web) async throws in
            let answer: [String: JSONValue] = ["signature": "none", "reply": "result", "replyTimeout": "20s"]
            let site = try await InboundSite.make(web, answer)
            let reply = try await site.post(#"{"challenge": "abc"}"#, "")
            #expect(reply.status == 200 && reply.json == ["challenge": "abc"], "\(reply.text)")
            let raise: JSONValue = ["kind": "raise", "message": "the password is swordfish"]
            try await change(site, InboundSite.definition(answer, then: raise))
            let failed = try await site.post("{}", "")
            #expect(failed.status == 502 && failed.json["code"] == "runFailed", "\(failed.text)")
            #expect(!failed.text.contains("swordfish"))
            let short = answer.merging(["replyTimeout": "1s"]) { $1 }
            try await change(site, InboundSite.definition(short, then: ["kind": "wait", "for": "1h"]))
            let late = try await site.post("{}", "")
            #expect(late.status == 202, "\(late.text)")
            #expect(try await site.runs().map { $0["state"] } == ["running", "failed", "succeeded"])
            // What was accepted is no attempt that failed.
            #expect(try await site.denials() == [])
        }
    }

    private func change(_ site: InboundSite, _ definition: JSONValue) async throws {
        #expect(try await site.web.send("PUT", "/api/workflows/orders?tenant=\(site.tenant)", definition).status == 200)
        #expect(try await site.operate("publish", [:]).status == 200)
    }

    @Test func `wrong proofs of one address are held up at one trigger, and rates count what was proved`() async throws {
        var settings = WebSettings()
        settings.rates.webhook = RatePolicy(requests: 3, window: 86_400)
        try await WebFixture.with(settings) { (web) async throws in
            let site = try await InboundSite.make(web, ["signature": InboundSite.scheme("token")])
            let other = try await InboundSite.make(web, tenant: "globex", ["signature": InboundSite.scheme("token")])
            for _ in 0..<InboundLimits.wrongProofs { #expect(try await site.post("{}", "").status == 403) }
            let held = try await site.post("{}", "token")
            #expect(held.status == 429 && Int(held.headers["retry-after"] ?? "") ?? 0 > 0, "\(held.text)")
            for _ in 0..<3 { #expect(try await other.post("{}", "token").status == 202) }
            let beyond = try await other.post("{}", "token")
            #expect(beyond.status == 429 && beyond.json["code"] == "rateLimited", "\(beyond.text)")
            #expect(try await other.runs().count == 3)
        }
    }

    @Test func `who proves a message by a code is not kept out by others of the same address, and never by wrong proofs that were none`() async throws {
        try await WebFixture.with { (web) async throws in
            let site = try await InboundSite.make(web, ["signature": InboundSite.scheme("github")])
            for number in 0..<InboundLimits.wrongProofs + 5 {
                let status = try await site.post("{}", "github", secret: "other").status
                #expect(status == (number < InboundLimits.wrongProofs ? 403 : 429))
            }
            let right = try await site.post("{}", "github")
            #expect(right.status == 202, "\(right.text)")
        }
    }

    @Test func `a run that must wait for others is held, and its message accepted`() async throws {
        try await WebFixture.with { (web) async throws in
            let site = try await InboundSite.make(web, ["signature": "none"], then: ["kind": "wait", "for": "1h"])
            var definition = InboundSite.definition(["signature": "none"], then: ["kind": "wait", "for": "1h"]).object ?? [:]
            definition["settings"] = ["concurrency": ["limit": 1]]
            try await change(site, .object(definition))
            for _ in 0..<3 { #expect(try await site.post("{}", "").status == 202) }
            #expect(try await site.runs().map { $0["held"] } == [true, true, false])
        }
    }

    @Test func `a page of another site cannot send for whoever looks at it`() async throws {
        try await WebFixture.with { (web) async throws in
            let site = try await InboundSite.make(web, ["signature": "none"])
            let foreign = try await site.post("{}", "", more: ["Sec-Fetch-Site: cross-site", "Origin: https://elsewhere.example"])
            #expect(foreign.status == 403 && foreign.json["code"] == "foreignRequest")
            #expect(try await site.runs() == [])
        }
    }

    /// As it stands in the manual, in a shell.
    @Test func `the manual's example works as it stands`() async throws {
        let text = String(decoding: try DaemonFixture.contents(Built.root + "/Sources/Manual/workflows.md"), as: UTF8.self)
        let section = try #require(text.components(separatedBy: "### Messages of other services\n").last)
        let definition = try #require(section.components(separatedBy: "```yaml\n").dropFirst().first?.components(separatedBy: "```").first)
        let script = try #require(section.components(separatedBy: "```sh\n").dropFirst(2).first?.components(separatedBy: "```").first)
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            #expect(try await web.send("PUT", "/api/secrets/order-messages?tenant=acme", ["value": "a long random text"]).status == 204)
            let made = try await web.send("POST", "/api/workflows/import?tenant=acme", ["text": .string(definition)])
            #expect(made.status == 201 && made.json["findings"] == [], "\(made.text)")
            let id = made.json["id"]?.string ?? ""
            for operation in ["publish", "activate"] { _ = try await web.send("POST", "/api/workflows/\(id)/\(operation)?tenant=acme") }
            let port = web.port
            let answer = try await aside {
                try Shell.run(script, environment: ["SECRET": "a long random text", "CLOISTER": "http://127.0.0.1:\(port)"])
            }
            #expect(try JSONValue.parse(answer)["run"]?.string?.hasPrefix("run-") == true, "\(answer)")
        }
    }
}
