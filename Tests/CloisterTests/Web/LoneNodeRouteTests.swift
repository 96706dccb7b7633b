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
            let given = try await member.send("POST", path, ["node": "second", "input": 5, "nodes": ["first": 6, "start": ["n": 4]], "version": "draft", "wait": "20s"])
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
}
