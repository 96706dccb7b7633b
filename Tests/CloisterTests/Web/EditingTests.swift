import Control
import HostTesting
import Model
import Plugins
import Store
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// What is edited over HTTP is not overwritten by who has not seen it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EditingTests {
    typealias Send = @Sendable (_ method: String, _ path: String, _ body: JSONValue?, _ headers: [String]) async throws -> HTTPReply

    /// Something that is made, edited where it can be, and removed where it can be.
    struct Thing: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Makes it; gives its path, and who asks about it.
        let make: @Sendable (WebFixture) async throws -> (path: String, send: Send)
        var edit: (method: String, bodies: [JSONValue])?
        var isRemovable = true
        /// What answers an edit, and whether that tells the tag.
        var edited = 200
        var isTagTold = true
    }

    private static func asOperator(_ web: WebFixture) -> Send { { try await web.send($0, $1, $2, headers: $3) } }

    private static let workflow: JSONValue = [
        "id": "greet", "name": "Greet", "nodes": [["id": "start", "type": "trigger", "config": ["kind": "manual"]]],
    ]

    private static func plan(_ price: Int64) -> JSONValue {
        [
            "name": "Basic", "currency": "EUR", "price": .integer(price), "quota": ["memory": 1_073_741_824, "cpu": 1],
            "rate": ["requests": 600, "window": 60], "meters": ["calls": ["included": 100]],
        ]
    }

    private static let things: [Thing] = [
        Thing(
            testDescription: "plan",
            make: { web in
                let made = try await web.send("PUT", "/api/plans/basic", plan(100))
                #expect(made.status == 200, "\(made.text)")
                return ("/api/plans/basic", asOperator(web))
            }, edit: ("PUT", [plan(200), plan(300)])),
        Thing(
            testDescription: "tenant's plan",
            make: { web in
                for id in ["basic", "other"] { _ = try await web.send("PUT", "/api/plans/\(id)", plan(100)) }
                return ("/api/tenants/acme/plan", asOperator(web))
            }, edit: ("PUT", [["plan": "basic"], ["plan": "other"]]), isRemovable: false),
        Thing(testDescription: "tenant", make: { ("/api/tenants/acme", asOperator($0)) }),
        Thing(
            testDescription: "quota", make: { ("/api/tenants/acme/quota", asOperator($0)) },
            edit: ("PATCH", [["cpu": 2], ["cpu": 3]]), isRemovable: false),
        Thing(
            testDescription: "webhook",
            make: { web in
                let made = try await web.send("POST", "/api/webhooks?tenant=acme", ["url": "https://hooks.example.com/x"])
                #expect(made.status == 201, "\(made.text)")
                return ("/api/webhooks/\(made.json["id"]?.string ?? "")?tenant=acme", asOperator(web))
            }, edit: ("PATCH", [["enabled": false], ["kinds": ["key.created"]]])),
        Thing(
            testDescription: "document",
            make: { web in
                let made = try await web.send(
                    "POST", "/api/documents?tenant=acme&name=a", bytes: [1, 2, 3], headers: ["Content-Type: application/octet-stream"])
                return ("/api/documents/\(made.json["document"]?.string ?? "")?tenant=acme", asOperator(web))
            }),
        Thing(
            testDescription: "workflow",
            make: { web in
                let made = try await web.send("POST", "/api/workflows?tenant=acme", workflow)
                #expect(made.status == 201, "\(made.text)")
                return ("/api/workflows/greet?tenant=acme", asOperator(web))
            },
            edit: ("PUT", ["One", "Two"].map { name in .object((workflow.object ?? [:]).merging(["name": .string(name)]) { $1 }) })),
        Thing(
            testDescription: "logo",
            make: { web in
                let photograph = try DaemonFixture.contents(DaemonFixture.material + "/images/01.jpg")
                let path = "/api/whitelabel/logo?tenant=acme"
                #expect(try await web.send("PUT", path, bytes: photograph, headers: ["Content-Type: image/jpeg"]).status == 200)
                return (path, asOperator(web))
            }),
        Thing(
            testDescription: "look", make: { ("/api/whitelabel/config?tenant=acme", asOperator($0)) },
            edit: ("PUT", [["productName": "One"], ["productName": "Two"]]), isRemovable: false),
        Thing(
            testDescription: "features", make: { ("/api/whitelabel/features?tenant=acme", asOperator($0)) },
            edit: ("PUT", [["features": ["hooks": false]], ["features": ["hooks": true]]]), isRemovable: false),
        Thing(
            testDescription: "preferences",
            make: { web in
                let ada = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
                return ("/api/me/notifications/preferences", { try await web.send($0, $1, $2, key: "", headers: ada.headers + $3) })
            },
            edit: ("PATCH", [false, true].map { ["preferences": ["key.created": ["inbox": .bool($0)]]] }), isRemovable: false),
        Thing(
            testDescription: "person",
            make: { web in
                let ada = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
                return ("/api/people/\(ada.id)?tenant=acme", asOperator(web))
            }, edit: ("PATCH", [["role": "auditor"], ["role": "builder"]])),
        Thing(
            testDescription: "key",
            make: { web in
                let made = try await web.send("POST", "/api/keys?tenant=acme", ["name": "ci", "scopes": ["plugins:call"]])
                return ("/api/keys/\(made.json["id"]?.string ?? "")", asOperator(web))
            }),
        Thing(
            testDescription: "invitation",
            make: { web in
                let made = try await web.send("POST", "/api/invitations?tenant=acme", ["email": "ada@example.com", "role": "member"])
                return ("/api/invitations/\(made.json["id"]?.string ?? "")?tenant=acme", asOperator(web))
            }),
        Thing(
            testDescription: "session",
            make: { web in
                let ada = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
                let session = try await ada.send("GET", "/api/me").json["session"]?.string ?? ""
                return ("/api/sessions/\(session)?tenant=acme", asOperator(web))
            }),
        Thing(
            testDescription: "own session",
            make: { web in
                let ada = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
                let other = try await Browser.logIn(web, "ada@example.com", tenant: "acme")
                let session = try await other.send("GET", "/api/me").json["session"]?.string ?? ""
                return ("/api/me/sessions/\(session)", { try await web.send($0, $1, $2, key: "", headers: ada.headers + $3) })
            }),
        Thing(
            testDescription: "secret",
            make: { web in
                let path = "/api/secrets/crm.key?tenant=acme"
                let set = try await web.send("PUT", path, ["value": "a", "hosts": ["a.example"]])
                #expect(set.status == 204, "\(set.text)")
                return (path, asOperator(web))
            }, edit: ("PUT", [["value": "b"], ["value": "c"]]), edited: 204, isTagTold: false),
        Thing(
            testDescription: "configuration of a plugin",
            make: { web in
                try await runConfigurable(web, ["token": "a"])
                return ("/api/plugins/probe/configuration?tenant=acme", asOperator(web))
            }, edit: ("PUT", [["configuration": ["token": "b"]], ["configuration": ["token": "c"]]]), isRemovable: false,
            isTagTold: false),
    ]

    private static func runConfigurable(_ web: WebFixture, _ configuration: JSONValue) async throws {
        let schema = "configuration: {type: object, properties: {token: {type: string, secret: true}, depth: {type: integer}}}"
        let folder = try web.host.plugin(more: schema)
        let run = try await web.send(
            "POST", "/api/plugins/run", ["tenant": "acme", "folder": .string(folder), "configuration": configuration])
        #expect(run.status == 201, "\(run.text)")
    }

    @Test(arguments: things) func `nothing is changed by who saw another version`(thing: Thing) async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let (path, send) = try await thing.make(web)
            var tag = try #require(try await send("GET", path, nil, []).headers["etag"])
            let removal: (String, JSONValue?)? = thing.isRemovable ? ("DELETE", nil) : nil
            let attempts = [thing.edit.map { ($0.method, $0.bodies[0]) }, removal].compactMap { $0 }
            for (method, body) in attempts {
                for header in ["\"old\"", "W/" + tag, "\"a\", W/\(tag), \"b\"", "\"\"", "x", String(tag.dropFirst().dropLast())] {
                    let refused = try await send(method, path, body, ["If-Match: \(header)"])
                    #expect(refused.status == 412 && refused.json["code"] == "preconditionFailed", "\(method) \(header) \(refused.text)")
                    #expect(refused.headers["content-type"] == "application/problem+json")
                }
            }
            #expect(try await send("GET", path, nil, []).headers["etag"] == tag)
            if let edit = thing.edit {
                let changed = try await send(edit.method, path, edit.bodies[0], ["If-Match: \"a\", \(tag)"])
                #expect(changed.status == thing.edited, "\(changed.text)")
                for (method, body) in attempts {
                    #expect(try await send(method, path, body, ["If-Match: \(tag)"]).status == 412)
                }
                let now = try await send("GET", path, nil, []).headers["etag"]
                #expect(now != tag && (thing.isTagTold ? now : nil) == changed.headers["etag"])
                tag = try #require(now)
                #expect(try await send(edit.method, path, edit.bodies[1], ["If-Match: *"]).status == thing.edited)
                #expect(try await send("GET", path, nil, []).headers["etag"] != tag)
                #expect(try await send(edit.method, path, edit.bodies[0], []).status == thing.edited)
                tag = try #require(try await send("GET", path, nil, []).headers["etag"])
            }
            guard thing.isRemovable else { return }
            #expect(try await send("DELETE", path, nil, ["If-Match: \(tag)"]).status == 204)
            #expect(try await send("GET", path, nil, []).status == 404)
            // What is not there has no version that could be meant.
            if let edit = thing.edit {
                #expect(try await send(edit.method, path, edit.bodies[0], ["If-Match: *"]).status == (edit.method == "PUT" ? 412 : 404))
            }
        }
    }

    @Test func `a plugin's tags are of what was installed and granted, not of how it fares`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            _ = try await web.send("POST", "/api/plugins/run", ["tenant": "acme", "folder": .string(try web.host.plugin())])
            let (plugin, grants) = ("/api/plugins/probe?tenant=acme", "/api/plugins/probe/permissions?tenant=acme")
            let tag = try #require(try await web.send("GET", plugin).headers["etag"])
            let granted = try #require(try await web.send("GET", grants).headers["etag"])
            let call = try await web.send("POST", "/api/plugins/probe/call?tenant=acme", ["tool": "echo", "input": [:]])
            #expect(call.status == 200, "\(call.text)")
            #expect(try await web.send("GET", plugin).headers["etag"] == tag)
            #expect(try await web.send("GET", grants).headers["etag"] == granted)
            #expect(try await web.send("PATCH", grants, ["shrink": true], headers: ["If-Match: W/\(granted)"]).status == 412)
            let shrunk = try await web.send("PATCH", grants, ["shrink": true], headers: ["If-Match: \(granted)"])
            #expect(shrunk.status == 200 && shrunk.headers["etag"] != nil, "\(shrunk.text)")
            #expect(try await web.send("GET", grants).headers["etag"] == shrunk.headers["etag"])
            #expect(try await web.send("DELETE", plugin, headers: ["If-Match: \(granted)"]).status == 412)
            let tenant = try #require(try await web.send("GET", "/api/tenants/acme").headers["etag"])
            _ = try await web.send("PATCH", "/api/tenants/acme/quota", ["cpu": 2])
            #expect(try await web.send("DELETE", "/api/tenants/acme", headers: ["If-Match: \(tenant)"]).status == 412)
            let now = try #require(try await web.send("GET", plugin).headers["etag"])
            #expect(try await web.send("DELETE", plugin, headers: ["If-Match: \(now)"]).status == 204)
        }
    }

    @Test func `a plugin's configuration is shown without its secrets, and given back it keeps them`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            try await Self.runConfigurable(web, ["token": "abcd", "depth": 1])
            let path = "/api/plugins/probe/configuration?tenant=acme"
            let shown = try await web.send("GET", path)
            #expect(shown.json["configuration"] == ["token": "(secret)", "depth": 1] && !shown.text.contains("abcd"), "\(shown.text)")
            #expect(try await web.host.send(.pluginConfiguration(web.host.probe)) == shown.json)
            @Sendable func given() async throws -> JSONValue {
                try await web.host.daemon.host.configuration(of: web.host.probe.plugin, for: web.host.tenant).registration.configuration
            }
            let back = try await web.send(
                "PUT", path, ["configuration": ["token": "(secret)", "depth": 2]], headers: ["If-Match: \(shown.headers["etag"] ?? "")"])
            #expect(back.status == 200, "\(back.text)")
            #expect(try await given() == ["token": "abcd", "depth": 2])
            #expect(try await web.send("PUT", path, ["configuration": [:]]).status == 200)
            let nothing = try await web.send("PUT", path, ["configuration": ["token": "(secret)"]])
            #expect(nothing.status == 422 && nothing.text.contains("no secret to be kept"), "\(nothing.text)")
            #expect(try await given() == [:])
            #expect(try await web.send("GET", "/api/plugins/nothing/configuration?tenant=acme").status == 404)
            let lacking = try await web.key([.pluginsWrite], tenant: web.host.tenant)
            #expect(try await web.send("GET", path, key: lacking).status == 403)
        }
    }

    @Test func `a request that changes nothing is compared all the same`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let path = "/api/tenants/acme/quota"
            let tag = try #require(try await web.send("GET", path).headers["etag"])
            for header in ["\"old\"", ""] {
                #expect(try await web.send("PATCH", path, [:], headers: ["If-Match: \(header)"]).status == 412)
            }
            #expect(try await web.send("PATCH", path, [:], headers: ["If-Match: \(tag)"]).status == 200)
        }
    }

    @Test func `the tag of a secret says nothing of its value`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let path = "/api/secrets/crm.key?tenant=acme"
            var tags: Set<String> = []
            for _ in 0..<3 {
                #expect(try await web.send("PUT", path, ["value": "the same"]).status == 204)
                let shown = try await web.send("GET", path)
                #expect(shown.status == 200 && Set(shown.json.object?.keys.map { $0 } ?? []) == ["name", "changed", "hosts"], "\(shown.text)")
                tags.insert(shown.headers["etag"] ?? "")
            }
            #expect(tags.count == 3)
            #expect(try await web.send("GET", "/api/secrets/crm.kee?tenant=acme").status == 404)
        }
    }

    @Test func `nothing is changed between the comparison and the edit, through whatever door`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let made = try await web.send("POST", "/api/webhooks?tenant=acme", ["url": "https://hooks.example.com/x"])
            let id = WebhookID(unchecked: made.json["id"]?.string ?? "")
            let path = "/api/webhooks/\(id)?tenant=acme"
            let tag = try #require(try await web.send("GET", path).headers["etag"])
            let (turns, tenant) = (web.host.daemon.turns, web.host.tenant)
            let subject = "webhook acme \(id)"
            // Whoever has the turn changes it: the request that waits for the turn compares afterwards, and not as it came.
            let late = try await turns.take([subject]) {
                let late = Task { try await web.send("PATCH", path, ["enabled": true], headers: ["If-Match: \(tag)"]).status }
                while await turns.waiting(for: subject) < 1 { try await Task.sleep(for: .milliseconds(5)) }
                _ = try await web.host.daemon.notifications.setWebhook(id, of: tenant, kinds: [.keyCreated], isEnabled: nil)
                return late
            }
            #expect(try await late.value == 412)
            // The control socket waits for its turn, too.
            let edit = try await turns.take([subject]) {
                let edit = Task { try await web.host.send(.webhook(.set(tenant, id, kinds: nil, isEnabled: false))) }
                while await turns.waiting(for: subject) < 1 { try await Task.sleep(for: .milliseconds(5)) }
                let now = try await web.host.daemon.notifications.webhook(id, of: tenant)
                #expect(now.isEnabled && now.kinds == [.keyCreated])
                return edit
            }
            #expect(try await edit.value["enabled"] == false)
        }
    }

    @Test func `a directory's change of a person waits for the turn of the tenant's people`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let ada = try await Browser.open(web, "ada@example.com", .member, tenant: "acme")
            let key = try await web.key([.peopleProvision], tenant: web.host.tenant)
            let turns = web.host.daemon.turns
            let subject = ControlRequest.turn(ofPeopleOf: web.host.tenant)
            let removal = try await turns.take([subject]) {
                let removal = Task { try await web.send("DELETE", "/scim/v2/Users/\(ada.id)", key: key).status }
                while await turns.waiting(for: subject) < 1 { try await Task.sleep(for: .milliseconds(5)) }
                #expect(try await web.send("GET", "/api/people/\(ada.id)?tenant=acme").status == 200)
                return removal
            }
            #expect(try await removal.value == 204)
        }
    }

    @Test func `of many who saw the same version one edits`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let made = try await web.send("POST", "/api/webhooks?tenant=acme", ["url": "https://hooks.example.com/x"])
            let path = "/api/webhooks/\(made.json["id"]?.string ?? "")?tenant=acme"
            let tag = try #require(try await web.send("GET", path).headers["etag"])
            let kinds: [JSONValue] = ["key.created", "plugin.failed", "quota.reached", "person.invited"]
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        try await web.send("PATCH", path, ["kinds": [kinds[number % kinds.count]]], headers: ["If-Match: \(tag)"]).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1 && statuses.filter { $0 == 412 }.count == 11, "\(statuses)")
        }
    }
}
