import Model
import Tenancy
import Testing

@testable import cloister

/// One node alone, over HTTP.
@Suite(.timeLimit(.minutes(5))) struct LoneNodeRouteTests {
    @Test func `whoever may run workflows runs one node, and sees what it was`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let definition: JSONValue = [
                "id": "add",
                "nodes": [
                    ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "first"]]],
                    ["id": "first", "type": "action", "config": ["kind": "transform", "expression": ".n + 1"], "connections": [["to": "second"]]],
                    [
                        "id": "second", "type": "action",
                        "config": ["kind": "set", "values": ["of": "${ . }", "first": "${ $nodes.first }", "begun": "${ $trigger.n }"]],
                        "connections": [["to": "third"]],
                    ],
                    ["id": "third", "type": "action", "config": ["kind": "raise", "message": "no further"]],
                ],
            ]
            _ = try await web.send("POST", "/api/workflows?tenant=acme", definition)
            _ = try await web.send("POST", "/api/workflows/add/publish?tenant=acme", [:])
            let path = "/api/workflows/add/execute"
            let whole = try await web.send("POST", path + "?tenant=acme", ["input": ["n": 1], "wait": "20s"])
            #expect(whole.status == 202 && whole.json["state"] == "failed" && whole.json["node"] == .null, "\(whole.text)")

            let member = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
            let past = whole.json["id"] ?? .null
            let run = try await member.send("POST", path, ["node": "second", "from": past, "wait": "20s"])
            #expect(run.status == 202 && run.json["state"] == "succeeded" && run.json["node"] == "second", "\(run.text)")
            #expect(run.json["output"] == ["of": 2, "first": 2, "begun": 1])
            let draft: JSONValue = ["node": "second", "input": 5, "nodes": ["first": 6, "start": ["n": 4]], "version": "draft"]
            let notTheirs = try await member.send("POST", path, draft)
            #expect(notTheirs.status == 403 && notTheirs.text.contains("others need workflows:write"), "\(notTheirs.text)")
            let builder = try await Browser.open(web, "bob@example.com", .builder, tenant: "acme")
            let given = try await builder.send("POST", path, ["node": "second", "input": 5, "nodes": ["first": 6, "start": ["n": 4]], "version": "draft", "wait": "20s"])
            #expect(given.json["output"] == ["of": 5, "first": 6, "begun": 4] && given.json["version"] == 0, "\(given.text)")
            let list = try await member.send("GET", "/api/runs?workflow=add")
            #expect(list.json["runs"]?.array?.map { $0["node"] } == ["second", "second", .null], "\(list.text)")
            let log = try await member.send("GET", "/api/workflows/add/logs?run=\(run.json["id"]?.string ?? "")")
            #expect(log.json["steps"]?.array?.map { $0["step"] } == ["second"], "\(log.text)")

            let auditor = try await Browser.open(web, "eve@example.com", .auditor, tenant: "acme")
            #expect(try await auditor.send("POST", path, ["node": "second", "input": 1]).status == 403)
            let unknown = try await member.send("POST", path, ["node": "secnod", "input": 1])
            #expect(unknown.status == 404 && unknown.json["hint"] == "did you mean second?", "\(unknown.text)")
            let trigger = try await member.send("POST", path, ["node": "start"])
            #expect(trigger.status == 422 && trigger.text.contains("is a trigger"), "\(trigger.text)")
            let blind = try await member.send("POST", path, ["node": "second", "input": 1])
            #expect(blind.status == 422 && blind.text.contains("reads what first and the trigger gave"), "\(blind.text)")
            let nodeless = try await member.send("POST", path, ["from": past])
            #expect(nodeless.status == 422 && nodeless.text.contains("/node: missing"), "\(nodeless.text)")
        }
    }

    @Test func `nobody passes an approval over by running what comes behind it, but who may change the workflow`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let definition: JSONValue = [
                "id": "pay",
                "nodes": [
                    ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "sign"]]],
                    [
                        "id": "sign", "type": "action", "config": ["kind": "approval", "title": "Pay?", "approvers": ["owner"]],
                        "connections": [["port": "approved", "to": "each"]],
                    ],
                    [
                        "id": "each", "type": "loop", "config": ["kind": "forEach", "items": "$trigger.sums"], "connections": [["port": "each", "to": "pay"]],
                    ],
                    ["id": "pay", "type": "action", "config": ["kind": "transform", "expression": "\"paid \\(.)\""]],
                ],
            ]
            _ = try await web.send("POST", "/api/workflows?tenant=acme", definition)
            _ = try await web.send("POST", "/api/workflows/pay/publish?tenant=acme", [:])
            let member = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
            let builder = try await Browser.open(web, "bob@example.com", .builder, tenant: "acme")
            let owner = try await Browser.open(web, "eve@example.com", .owner, tenant: "acme")
            let path = "/api/workflows/pay/execute"
            let wish: JSONValue = ["node": "pay", "input": 9, "wait": "20s"]
            let refused = try await member.send("POST", path, wish)
            #expect(refused.status == 403 && refused.text.contains("node pay comes behind approval sign"), "\(refused.text)")
            let built = try await builder.send("POST", path, wish)
            #expect(built.json["output"] == "paid 9", "\(built.text)")
            let again = try await member.send("POST", path, ["node": "pay", "from": built.json["id"] ?? .null])
            #expect(again.status == 403, "\(again.text)")

            let whole = try await member.send("POST", path, ["input": ["sums": [3, 5]]])
            let run = whole.json["id"]?.string ?? ""
            for _ in 0..<500 {
                if try await owner.send("GET", "/api/approvals").json["approvals"]?.array?.isEmpty == false { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            let early = try await member.send("POST", path, ["node": "pay", "from": .string(run)])
            #expect(early.status == 409 && early.text.contains("never came to pay"), "\(early.text)")
            _ = try await owner.send("POST", "/api/runs/\(run)/decide", ["step": "sign", "approved": true])
            for _ in 0..<500 {
                if try await owner.send("GET", "/api/runs/\(run)").json["state"] != "running" { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            let paid = try await member.send("POST", path, ["node": "each.1/pay", "from": .string(run), "wait": "20s"])
            #expect(paid.json["output"] == "paid 5", "\(paid.text)")
            let changed = try await member.send("POST", path, ["node": "pay", "from": .string(run), "input": 1000])
            #expect(changed.status == 403, "\(changed.text)")
        }
    }
}
