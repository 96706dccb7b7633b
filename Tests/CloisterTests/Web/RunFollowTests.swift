import Control
import Model
import Tenancy
import Testing

@testable import cloister

/// What becomes of a run, told while it goes on.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RunFollowTests {
    private static func definition(_ wait: String) -> JSONValue {
        [
            "id": "soon",
            "nodes": [
                ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "pause"]]],
                ["id": "pause", "type": "action", "config": ["kind": "wait", "for": .string(wait)], "connections": [["to": "after"]]],
                ["id": "after", "type": "action", "config": ["kind": "set", "values": ["secret": "a long text"]]],
            ],
        ]
    }

    private func begin(_ wait: String, _ web: WebFixture) async throws -> String {
        try await web.host.createTenant()
        _ = try await web.send("POST", "/api/workflows?tenant=acme", Self.definition(wait))
        _ = try await web.send("POST", "/api/workflows/soon/publish?tenant=acme", [:])
        let run = try await web.send("POST", "/api/workflows/soon/execute?tenant=acme", ["input": [:]])
        return try #require(run.json["id"]?.string, "\(run.text)")
    }

    private func events(_ text: String) -> [JSONValue] {
        text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.compactMap { try? JSONValue.parse(String($0.dropFirst(6))) }
    }

    @Test func `whoever follows a run is told each step until the run has ended`() async throws {
        try await WebFixture.with { web in
            let id = try await begin("1s", web)
            let reply = try await web.send("GET", "/api/workflows/soon/logs?tenant=acme&run=\(id)&follow=true")
            #expect(reply.status == 200 && reply.headers["content-type"] == "text/event-stream", "\(reply.text)")
            let events = events(reply.text)
            #expect(events.last?["run"]?["state"] == "succeeded", "\(reply.text)")
            let states = events.compactMap { event in
                event["step"].map { "\($0["step"]?.string ?? "") \($0["state"]?.string ?? "")" }
            }
            #expect(states.contains("pause waiting") && states.contains("pause succeeded") && states.contains("after succeeded"), "\(states)")
            #expect(!reply.text.contains("a long text"))
        }
    }

    @Test func `of a run that has ended one is told how, and of one that is not there nothing`() async throws {
        try await WebFixture.with { web in
            let id = try await begin("1ms", web)
            _ = try await web.send("GET", "/api/workflows/soon/logs?tenant=acme&run=\(id)&follow=true")
            let again = try await web.send("GET", "/api/workflows/soon/logs?tenant=acme&follow=true")
            #expect(events(again.text).count == 4, "\(again.text)")
            let absent = try await web.send("GET", "/api/workflows/soon/logs?tenant=acme&run=nobody&follow=true")
            #expect(absent.status == 404)
            let key = try await web.key([.workflowsWrite], tenant: web.host.tenant)
            let refused = try await web.send("GET", "/api/workflows/soon/logs?follow=true", key: key)
            #expect(refused.status == 403)
        }
    }
}
