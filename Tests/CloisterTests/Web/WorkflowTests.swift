import Control
import HostTesting
import Model
import Store
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Workflows over HTTP, from the first draft to the file that somebody takes away.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WorkflowTests {
    private static let path = "/api/workflows/greet"

    private static func definition(_ text: JSONValue = "Hello ${ .name }") -> JSONValue {
        [
            "id": "greet", "name": "Greet",
            "nodes": [
                ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "hello"]]],
                ["id": "hello", "type": "action", "config": ["kind": "set", "values": ["text": text]]],
            ],
        ]
    }

    @Test func `a draft is saved, published, changed, compared and rolled back`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let made = try await web.send("POST", "/api/workflows?tenant=acme", Self.definition())
            #expect(made.status == 201 && made.json["status"] == "draft" && made.json["findings"] == [], "\(made.text)")
            let again = try await web.send("POST", "/api/workflows?tenant=acme", Self.definition())
            #expect(again.status == 409)
            let tag = made.headers["etag"] ?? ""
            let published = try await web.send("POST", Self.path + "/publish?tenant=acme", ["note": "first"])
            #expect(published.status == 200 && published.json["version"] == 1, "\(published.text)")
            let saved = try await web.send(
                "PUT", Self.path + "?tenant=acme", Self.definition("Good day"), headers: ["If-Match: \(tag)"])
            #expect(saved.status == 200 && saved.json["revision"] == 2 && saved.json["ahead"] == true, "\(saved.text)")
            let late = try await web.send("PUT", Self.path + "?tenant=acme", Self.definition(), headers: ["If-Match: \(tag)"])
            #expect(late.status == 412)
            let difference = try await web.send("GET", Self.path + "/diff?tenant=acme")
            #expect(difference.json["changed"]?.array?.first?["id"] == "hello", "\(difference.text)")
            let second = try await web.send("POST", Self.path + "/publish?tenant=acme", [:])
            #expect(second.json["version"] == 2)
            let back = try await web.send("POST", Self.path + "/rollback?tenant=acme", ["version": 1])
            #expect(back.json["version"] == 3, "\(back.text)")
            let versions = try await web.send("GET", Self.path + "/versions?tenant=acme&limit=2")
            #expect(versions.json["versions"]?.array?.map { $0["version"] } == [3, 2])
            let rest = try await web.send(
                "GET", Self.path + "/versions?tenant=acme&cursor=\(versions.json["cursor"]?.string ?? "")")
            #expect(rest.json["versions"]?.array?.map { $0["version"] } == [1])
            let first = try await web.send("GET", Self.path + "/versions/1?tenant=acme")
            #expect(first.json["definition"] == Self.definition())
            let absent = try await web.send("GET", Self.path + "/versions/9?tenant=acme")
            #expect(absent.status == 404)
            let active = try await web.send("POST", Self.path + "/activate?tenant=acme")
            #expect(active.json["status"] == "active")
            let list = try await web.send("GET", "/api/workflows?tenant=acme&search=GRE&status=active")
            #expect(list.json["workflows"]?.array?.map { $0["id"] } == ["greet"])
            #expect(try await web.send("DELETE", Self.path + "?tenant=acme").status == 204)
            #expect(try await web.send("GET", Self.path + "?tenant=acme").status == 404)
        }
    }

    @Test func `what does not validate is kept as a draft, and refused whole with all its problems when it is published`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let bad: JSONValue = ["id": "greet", "nodes": [["id": "a", "type": "action", "config": ["kind": "tool"]]]]
            let made = try await web.send("POST", "/api/workflows?tenant=acme", bad)
            #expect(made.status == 201 && made.json["faults"] == 2)
            let refused = try await web.send("POST", Self.path + "/publish?tenant=acme", [:])
            #expect(refused.status == 422)
            #expect(
                refused.json["errors"] == [
                    ["pointer": "/nodes/0/config/plugin", "detail": "node a: missing"],
                    ["pointer": "/nodes/0/config/tool", "detail": "node a: missing"],
                ], "\(refused.text)")
            let found = try await web.send("POST", "/api/workflows/validate?tenant=acme", bad)
            #expect(found.status == 200 && found.json["isValid"] == false && found.json["findings"]?.array?.count == 2)
            for body: JSONValue in [[:], ["id": "A"], ["id": 5]] {
                #expect(try await web.send("POST", "/api/workflows?tenant=acme", body).status == 422)
            }
            let missing = try await web.send(
                "POST", "/api/workflows/validate?tenant=acme",
                ["id": "x", "nodes": [["id": "s", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "a"]]], ["id": "a", "type": "action", "config": ["kind": "tool", "plugin": "nobody", "tool": "x"]]]])
            #expect(missing.json["findings"]?.array?.first?["message"] == "plugin not found: nobody", "\(missing.text)")
        }
    }

    @Test func `a lock keeps others out, and files go out and come in`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            _ = try await web.send("POST", "/api/workflows?tenant=acme", Self.definition())
            let key = try await web.key([.workflowsRead, .workflowsWrite], tenant: TenantID(unchecked: "acme"))
            #expect(try await web.send("POST", Self.path + "/lock?tenant=acme", ["seconds": 60]).status == 200)
            let refused = try await web.send("PUT", Self.path, Self.definition("x"), key: key)
            #expect(refused.status == 409, "\(refused.text)")
            #expect(try await web.send("DELETE", Self.path + "/lock?steal=true", key: key).status == 200)
            #expect(try await web.send("PUT", Self.path, Self.definition("Bearer abcdef0123456789"), key: key).status == 200)
            let export = try await web.send("GET", Self.path + "/export?version=draft&format=yaml", key: key)
            #expect(export.json["stripped"] == ["/nodes/1/config/values/text"], "\(export.text)")
            #expect(export.json["text"]?.string?.contains("abcdef") == false)
            let taken = try await web.send("POST", "/api/workflows/import", ["text": export.json["text"] ?? .null], key: key)
            #expect(taken.status == 409)
            let imported = try await web.send(
                "POST", "/api/workflows/import", ["text": export.json["text"] ?? .null, "replace": true], key: key)
            #expect(imported.status == 201 && imported.json["revision"] == 3, "\(imported.text)")
            let schema = try await web.send("GET", "/api/workflows/schema", key: key)
            #expect(schema.json["title"] == "workflow")
        }
    }

    @Test func `without the feature nothing is saved, and what runs can be stopped`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            _ = try await web.send("POST", "/api/workflows?tenant=acme", Self.definition())
            _ = try await web.host.send(.workflow(.publish(TenantID(unchecked: "acme"), WorkflowID(unchecked: "greet"), revision: nil, note: nil)))
            _ = try await web.host.daemon.features.set([.workflows: false], of: TenantID(unchecked: "acme"))
            #expect(try await web.send("PUT", Self.path + "?tenant=acme", Self.definition("x")).status == 403)
            #expect(try await web.send("POST", Self.path + "/deactivate?tenant=acme").status == 200)
        }
    }
}
