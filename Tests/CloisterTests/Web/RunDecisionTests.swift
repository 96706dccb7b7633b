import Model
import Store
import Tenancy
import Testing

@testable import cloister

/// Decisions that runs ask of people, over HTTP.
@Suite(.timeLimit(.minutes(5))) struct RunDecisionTests {
    private static func publish(_ web: WebFixture) async throws {
        let definition: JSONValue = [
            "id": "pay",
            "nodes": [
                ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "sign"]]],
                [
                    "id": "sign", "type": "action",
                    "config": ["kind": "approval", "title": "Pay ${ .sum }", "approvers": ["owner", "BOB@example.com"], "required": 2],
                    "connections": [["port": "approved", "to": "done"]],
                ],
                ["id": "done", "type": "action", "config": ["kind": "transform", "expression": "\"paid\""]],
            ],
        ]
        #expect(try await web.send("POST", "/api/workflows?tenant=acme", definition).status == 201)
        #expect(try await web.send("POST", "/api/workflows/pay/publish?tenant=acme", [:]).status == 200)
    }

    private static func begin(_ web: WebFixture) async throws -> String {
        let begun = try await web.send("POST", "/api/workflows/pay/execute?tenant=acme", ["input": ["sum": 7]])
        #expect(begun.status == 202, "\(begun.text)")
        return begun.json["id"]?.string ?? ""
    }

    private static func asked(_ count: Int, _ web: WebFixture) async throws {
        for _ in 0..<500 {
            if try await web.send("GET", "/api/approvals?tenant=acme").json["approvals"]?.array?.count == count { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("nobody is asked")
    }

    @Test func `those who are named decide, each once, and nobody else`() async throws {
        try await WebFixture.with { (web) async throws in
            for id in ["acme", "globex"] { _ = try await web.host.daemon.store.createTenant(TenantID(unchecked: id)) }
            try await Self.publish(web)
            let ada = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            let bob = try await Browser.open(web, "bob@example.com", .builder, tenant: "acme")
            let eve = try await Browser.open(web, "eve@example.com", .admin, tenant: "acme")
            let mallory = try await Browser.open(web, "ada@example.com", .owner, tenant: "globex")
            let run = try await Self.begin(web)
            try await Self.asked(1, web)
            let path = "/api/runs/\(run)/decide"
            let yes: JSONValue = ["step": "sign", "approved": true]

            let stranger = try await eve.send("POST", path, yes)
            #expect(stranger.status == 403)
            #expect(stranger.text.contains("owner, BOB@example.com") || stranger.text.contains("owner, bob@example.com"), "\(stranger.text)")
            #expect(try await mallory.send("POST", path, yes).status == 404)
            #expect(try await mallory.send("POST", path + "?tenant=acme", yes).status == 403)
            let made = try await ada.send("POST", "/api/keys", ["name": "ci", "scopes": ["workflows:run"]])
            let byKey = try await web.send("POST", path, yes, key: made.json["text"]?.string ?? "")
            #expect(byKey.status == 403 && byKey.text.contains("log in"), "\(byKey.text)")
            #expect(try await ada.send("POST", path, ["step": "start", "approved": true]).status == 409)
            #expect(try await ada.send("POST", path, ["step": "sing", "approved": true]).status == 404)

            #expect(try await bob.send("POST", path, yes).json["state"] == "running")
            #expect(try await bob.send("POST", path, yes).json["state"] == "running")
            #expect(try await ada.send("POST", path, yes).json["state"] == "succeeded")
            let log = try await ada.send("GET", "/api/workflows/pay/logs?run=\(run)")
            let decisions = log.json["steps"]?.array?.first { $0["step"] == "sign" }?["decisions"]?.array ?? []
            #expect(decisions.map { $0["person"]?.string } == ["bob@example.com", "ada@example.com"])
            #expect(try await ada.send("POST", path, yes).status == 409)
            let audit = try await web.send("GET", "/api/audit?tenant=acme&limit=100").json["entries"]?.array ?? []
            #expect(audit.contains { $0["method"] == "approval/decide" && $0["principal"]?.string == "person \(bob.id)" })
        }
    }

    @Test func `what people are asked comes in pages`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            try await Self.publish(web)
            var begun: Set<String> = []
            for _ in 0..<5 { begun.insert(try await Self.begin(web)) }
            try await Self.asked(5, web)
            var seen: [String] = []
            var path: String? = "/api/approvals?tenant=acme&limit=2"
            while let next = path, seen.count < 10 {
                let page = try await web.send("GET", next)
                seen += (page.json["approvals"]?.array ?? []).compactMap { $0["run"]?.string }
                path = page.json["cursor"]?.string.map { "/api/approvals?tenant=acme&limit=2&cursor=\($0)" }
            }
            #expect(seen.count == 5 && Set(seen) == begun)
            #expect(try await web.send("GET", "/api/approvals?tenant=acme&cursor=78").status == 422)
        }
    }
}
