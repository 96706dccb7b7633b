import Control
import GRDB
import HostTesting
import Logging
import Model
import Store
import Synchronization
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Links to versions of workflows over HTTP, from whoever makes one to whoever opens it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LinkServiceTests {
    private static let path = "/api/workflows/greet"
    private static let acme = TenantID(unchecked: "acme")
    private static let greet = WorkflowID(unchecked: "greet")

    private static func definition(_ text: String = "Hello ${ .name }") -> JSONValue {
        [
            "id": "greet", "name": "Greet",
            "nodes": [
                ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "hello"]]],
                ["id": "hello", "type": "action", "config": ["kind": "set", "values": ["text": .string(text), "password": "hunter2"]]],
            ],
        ]
    }

    private static func publish(_ web: WebFixture, tenant: String = "acme") async throws {
        _ = try await web.host.send(.tenantCreate(TenantID(tenant), name: nil, QuotaChange()))
        let made = try await web.send("POST", "/api/workflows?tenant=\(tenant)", definition())
        #expect(made.status == 201, "\(made.text)")
        #expect(try await web.send("POST", Self.path + "/publish?tenant=\(tenant)", [:]).status == 200)
    }

    private static func share(_ web: WebFixture, _ wish: JSONValue? = nil, tenant: String = "acme") async throws -> (id: String, path: String) {
        let made = try await web.send("POST", Self.path + "/links?tenant=\(tenant)", wish)
        #expect(made.status == 201, "\(made.text)")
        return (made.json["id"]?.string ?? "", made.json["path"]?.string ?? "")
    }

    private static func token(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }

    @Test func `a link is made, opened without a key, listed, revoked, and opens nothing any more`() async throws {
        try await WebFixture.with { web in
            try await Self.publish(web)
            let made = try await web.send("POST", Self.path + "/links?tenant=acme", ["expires": "12h"])
            #expect(made.status == 201 && made.json["version"] == 1 && made.json["uses"] == 0, "\(made.text)")
            let (id, path) = (made.json["id"]?.string ?? "", made.json["path"]?.string ?? "")
            #expect(path.hasPrefix("/share/acme/") && Self.token(path).utf8.count == 43)
            // What is published later is not what was shared.
            #expect(try await web.send("PUT", Self.path + "?tenant=acme", Self.definition("later")).status == 200)
            #expect(try await web.send("POST", Self.path + "/publish?tenant=acme", [:]).status == 200)

            let opened = try await web.send("GET", path, key: "")
            #expect(opened.status == 200, "\(opened.text)")
            #expect(opened.json["nodes"]?.array?.last?["config"]?["values"]?["text"] == "Hello ${ .name }")
            #expect(opened.json["name"] == "Greet" && opened.json["status"] == nil && !opened.text.contains("hunter2"))
            #expect(opened.headers["cache-control"] == "no-store" && opened.headers["referrer-policy"] == "no-referrer")
            #expect(opened.headers["content-disposition"] == "attachment; filename=\"greet.json\"")
            #expect(opened.headers["x-content-type-options"] == "nosniff")
            let head = try await web.send("HEAD", path, key: "")
            #expect(head.status == 200 && head.body.isEmpty)

            let list = try await web.send("GET", Self.path + "/links?tenant=acme")
            let told = try #require(list.json["links"]?.array?.first)
            #expect(list.json["links"]?.array?.count == 1 && told["id"]?.string == id && told["uses"] == 2, "\(list.text)")
            #expect(told["lastUse"] != .null && !list.text.contains(Self.token(path)))

            let key = try await web.key([.workflowsRead], tenant: Self.acme)
            #expect(try await web.send("GET", Self.path + "/links", key: key).status == 200)
            #expect(try await web.send("POST", Self.path + "/links", key: key).status == 403)
            #expect(try await web.send("DELETE", Self.path + "/links/\(id)", key: key).status == 403)
            #expect(try await web.send("DELETE", Self.path + "/links/\(id)?tenant=acme").status == 204)
            let closed = try await web.send("GET", path, key: "")
            #expect(closed.status == 404 && closed.json["detail"] == "this link opens nothing", "\(closed.text)")
            #expect(closed.headers["cache-control"] == "no-store" && closed.headers["referrer-policy"] == "no-referrer")
            #expect(try await web.send("DELETE", Self.path + "/links/\(id)?tenant=acme").status == 404)
            #expect(try await web.send("GET", Self.path + "/links?tenant=acme").json["links"] == [])
        }
    }

    @Test func `what a link opens another tenant imports, as JSON and as YAML`() async throws {
        try await WebFixture.with { web in
            try await Self.publish(web)
            _ = try await web.host.send(.tenantCreate(TenantID("globex"), name: nil, QuotaChange()))
            let (_, path) = try await Self.share(web)
            let exported = try await web.send("GET", Self.path + "/export?tenant=acme&format=yaml").json["text"]?.string
            let accepts: [(query: String, accept: String, isYAML: Bool)] = [
                ("", "*/*", false), ("", "application/json, application/yaml", false), ("", "text/html, application/yaml;q=0.9", true),
                ("?format=yaml", "application/json", true), ("?format=json", "application/yaml", false), ("?utm_source=mail", "*/*", false),
            ]
            for (query, accept, isYAML) in accepts {
                let opened = try await web.send("GET", path + query, key: "", headers: ["Accept: \(accept)"])
                #expect(opened.status == 200 && opened.headers["content-type"] == (isYAML ? "application/yaml" : "application/json"), "\(query) \(accept)")
                if isYAML { #expect(opened.text == exported) }
                let taken = try await web.send("POST", "/api/workflows/import?tenant=globex", ["text": .string(opened.text), "replace": true])
                #expect(taken.status == 201 && taken.json["definition"]?["nodes"]?.array?.first?["id"] == "start", "\(taken.text)")
            }
            #expect(try await web.send("GET", path + "?format=xml", key: "").status == 422)
            // A page says it in words, and tells no other site where it came from.
            let page = try await web.send("GET", path + "x", key: "", headers: ["Accept: text/html"])
            #expect(page.status == 404 && page.headers["content-type"]?.hasPrefix("text/html") == true)
            #expect(page.headers["referrer-policy"] == "no-referrer" && !page.text.contains(Self.token(path)))
        }
    }

    @Test func `a person in a browser sees what it is, and downloads either file`() async throws {
        try await WebFixture.with { web in
            _ = try await web.host.send(.tenantCreate(Self.acme, name: nil, QuotaChange()))
            let evil = "<script>alert(1)</script>"
            let definition: JSONValue = [
                "id": "greet", "name": .string("Greet \(evil)"), "description": .string("Says hello.\n\n\(evil) & more"),
                "nodes": [
                    ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "hello"]]],
                    [
                        "id": "hello", "name": .string("Say \"it\" \(evil)"), "type": "action",
                        "config": ["kind": "set", "values": ["text": "Hello", "password": "hunter2"]],
                    ],
                ],
            ]
            let made = try await web.send("POST", "/api/workflows?tenant=acme", definition)
            #expect(made.status == 201, "\(made.text)")
            #expect(try await web.send("POST", Self.path + "/publish?tenant=acme", [:]).status == 200)
            let (_, path) = try await Self.share(web)
            let browser = ["Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]
            let page = try await web.send("GET", path, key: "", headers: browser)
            #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8", "\(page.text)")
            #expect(page.headers["content-security-policy"] == PageShell.contentPolicy)
            #expect(page.headers["cache-control"] == "no-store" && page.headers["referrer-policy"] == "no-referrer")
            #expect(page.headers["content-disposition"] == nil && page.headers["x-content-type-options"] == "nosniff")
            for shown in [
                "version 1", "<h1>Greet &lt;script&gt;", "<p>Says hello.</p>", "&lt;/script&gt; &amp; more</p>", "<code>start</code>",
                "trigger, manual", "Say &quot;it&quot;", "<td>hello</td>", "the end", #"href="?format=json""#, #"href="?format=yaml""#,
            ] { #expect(page.text.contains(shown), "\(shown): \(page.text)") }
            #expect(!page.text.contains("<script") && !page.text.contains("hunter2") && !page.text.contains(Self.token(path)))
            for (query, type) in [("?format=json", "application/json"), ("?format=yaml", "application/yaml")] {
                let file = try await web.send("GET", path + query, key: "", headers: browser)
                #expect(file.status == 200 && file.headers["content-type"] == type, "\(file.text)")
                #expect(file.headers["content-disposition"]?.hasPrefix("attachment; filename=\"greet.") == true)
            }
            // What opens nothing is one page, whatever the cause, and looks like any other that is not there.
            var pages: Set<String> = []
            for wrong in [path + "x", "/share/nobody/\(Self.token(path))", "/share/acme/short"] {
                let reply = try await web.send("GET", wrong, key: "", headers: browser)
                #expect(reply.status == 404)
                pages.insert(reply.text.replacing(reply.headers["x-request-id"] ?? "-", with: ""))
            }
            #expect(pages.count == 1, "\(pages)")
        }
    }

    @Test func `a link that is opened again and again leaves one entry an hour, with how often it was`() async throws {
        try await WebFixture.with { web in
            try await Self.publish(web)
            let (id, path) = try await Self.share(web)
            let (other, second) = try await Self.share(web)
            func openings() async throws -> [String] {
                let entries = try await web.send("GET", "/api/audit?tenant=acme&limit=100").json["entries"]?.array ?? []
                return entries.filter { $0["method"] == "workflow/shared" && $0["kind"] == "outcome" && $0["outcome"] == "done" }
                    .map { entry in "\(entry["principal"]?.string ?? ""): \(entry["subject"]?.string ?? "")" }
            }
            // All at once, too.
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await web.send("GET", path, key: "").status } }
                for try await status in group { #expect(status == 200) }
            }
            for _ in 0..<4 { #expect(try await web.send("GET", path, key: "").status == 200) }
            #expect(try await web.send("GET", second, key: "", headers: ["Accept: text/html"]).status == 200)
            let first = ["link \(id): greet \(id) use 1", "link \(other): greet \(other) use 1"]
            // Where an hour began meanwhile there may be one more of each.
            let seen = try await openings()
            #expect(first.allSatisfy(seen.contains) && seen.count <= 4, "\(seen)")
            try await web.host.daemon.store.tenant(Self.acme).write { database in
                try database.execute(sql: "UPDATE workflowLink SET lastUse = lastUse - 3600000, uses = 1000 WHERE id = ?", arguments: [id])
            }
            #expect(try await web.send("GET", path, key: "").status == 200)
            #expect(try await web.send("GET", path, key: "").status == 200)
            let later = try await openings()
            #expect(later.contains("link \(id): greet \(id) use 1001") && !later.contains("link \(id): greet \(id) use 1002"), "\(later)")
            // What opens nothing leaves none.
            #expect(try await web.send("GET", path + "x", key: "").status == 404)
            #expect(try await openings().count == later.count)
        }
    }

    @Test func `what opens nothing is one to strangers, whatever the cause`() async throws {
        try await WebFixture.with { web in
            try await Self.publish(web)
            try await Self.publish(web, tenant: "globex")
            let (id, revoked) = try await Self.share(web)
            let (brief, expired) = try await Self.share(web, ["expires": "1m"])
            let (_, good) = try await Self.share(web)
            #expect(try await web.send("DELETE", Self.path + "/links/\(id)?tenant=acme").status == 204)
            #expect(try await web.send("GET", expired, key: "").status == 200)
            try await web.host.daemon.store.tenant(Self.acme).write { database in
                try database.execute(sql: "UPDATE workflowLink SET expires = ? WHERE id = ?", arguments: [Moment.now, brief])
            }
            var answers: Set<JSONValue> = []
            func note(_ path: String) async throws {
                let reply = try await web.send("GET", path, key: "")
                #expect(reply.status == 404, "\(path): \(reply.text)")
                answers.insert(.object((reply.json.object ?? [:]).filter { $0.key != "requestId" }))
            }
            let token = Self.token(good)
            let unknown = String(repeating: "A", count: 43)
            for path in [
                revoked, expired, "/share/acme/\(unknown)", "/share/acme/short", "/share/acme/\(token)A", "/share/acme/\(token.dropLast())",
                "/share/acme/%20", "/share/globex/\(token)", "/share/nobody/\(token)", "/share/\(token)", "/share/acme/\(id)",
            ] { try await note(path) }
            // Opening needs the feature, and closing does not.
            _ = try await web.host.daemon.features.set([.workflows: false], of: Self.acme)
            try await note(good)
            #expect(try await web.send("POST", Self.path + "/links?tenant=acme").status == 403)
            let list = try await web.send("GET", Self.path + "/links?tenant=acme")
            #expect(list.status == 200 && list.json["links"]?.array?.count == 1)
            _ = try await web.host.daemon.features.set([.workflows: true], of: Self.acme)
            #expect(try await web.send("GET", good, key: "").status == 200)
            #expect(try await web.send("DELETE", Self.path + "?tenant=acme").status == 204)
            try await note(good)
            #expect(answers.count == 1, "\(answers)")
        }
    }

    @Test func `what opens a link is in no log, no entry and no file`() async throws {
        let log = Recorder()
        let logger = Logger(label: "test") { DaemonLogHandler(label: $0, writer: log, threshold: LogThreshold(.trace)) }
        try await WebFixture.with(log: logger) { web in
            try await Self.publish(web)
            let (id, path) = try await Self.share(web, ["version": 1])
            let token = Self.token(path)
            let escaped = "%\(String(token.utf8.first ?? 0, radix: 16))" + token.dropFirst()
            for wrong in [
                path, path + "?format=yaml", path + "?a=1&a=2", path + "?format=xml", path + "/", path + "/more", "/share/\(token)", "/" + path,
                "/%73hare/acme/\(token)", "/SHARE/acme/\(token)", "/share/acme/\(escaped)", "/share//\(token)", path + "%", "http://localhost\(path)",
                "/share/ACME/\(token)", "/" + String(repeating: "a/", count: 70) + path,
            ] {
                for method in ["GET", "HEAD", "POST", "PUT"] {
                    let reply = try await web.send(method, wrong, key: "", headers: ["Referer: http://localhost\(path)", "Accept: text/html"])
                    #expect(!reply.text.contains(token.dropFirst(2)), "\(method) \(wrong)")
                    #expect(reply.headers.values.allSatisfy { !$0.contains(token.dropFirst(2)) }, "\(method) \(wrong)")
                }
            }
            #expect(try await web.send("DELETE", Self.path + "/links/\(id)?tenant=acme").status == 204)
            let texts = log.lines
            #expect(texts.contains { $0.contains("/share/(removed)") && $0.contains("workflow/shared") && $0.contains("acme") })
            #expect(texts.contains { $0.contains("/api/workflows/greet/links/\(id)") })
            #expect(texts.filter { $0.contains(token.dropFirst(2)) }.isEmpty, "\(texts.filter { $0.contains(token.dropFirst(2)) })")
            for tenant in ["", "?tenant=acme"] {
                let audit = try await web.send("GET", "/api/audit" + tenant).text
                #expect(!audit.contains(token.dropFirst(2)))
                guard !tenant.isEmpty else { continue }
                #expect(audit.contains("workflow/share") && audit.contains("workflow/unshare") && audit.contains("greet \(id)"), "\(audit)")
            }
            #expect(!(try await web.send("GET", "/metrics").text.contains(token.dropFirst(2))))
            for file in ["registry.db", "registry.db-wal", "tenants/acme/tenant.db", "tenants/acme/tenant.db-wal"] {
                let bytes = (try? DaemonFixture.contents("\(web.host.folder)/data/\(file)")) ?? []
                #expect(bytes.firstRange(of: Array(token.utf8)) == nil, "\(file)")
            }
        }
    }

    @Test func `an address that tries too many is told to wait, and each link is held to its rate`() async throws {
        var settings = WebSettings()
        settings.rates.webhook = RatePolicy(requests: 3, window: 86_400)
        try await WebFixture.with(settings) { web in
            try await Self.publish(web)
            let (_, first) = try await Self.share(web)
            let (_, second) = try await Self.share(web)
            for _ in 0..<3 { #expect(try await web.send("GET", first, key: "").status == 200) }
            let beyond = try await web.send("GET", first, key: "")
            #expect(beyond.status == 429 && beyond.json["code"] == "rateLimited", "\(beyond.text)")
            #expect(try await web.send("GET", second, key: "").status == 200)
            let uses = try await web.send("GET", Self.path + "/links?tenant=acme").json["links"]?.array?.map { $0["uses"] }
            #expect(uses == [3, 1])
            for _ in 0..<LinkLimits.wrongTokens { #expect(try await web.send("GET", "/share/nobody/x", key: "").status == 404) }
            for path in [second, "/share/nobody/x"] {
                let held = try await web.send("GET", path, key: "")
                #expect(held.status == 429 && Int(held.headers["retry-after"] ?? "") ?? 0 > 0, "\(held.text)")
            }
            // Others are not held up by it.
            #expect(try await web.send("GET", Self.path + "?tenant=acme").status == 200)
        }
    }

    @Test func `a tenant that comes back, in its place or beside it, has no links`() async throws {
        try await WebFixture.with { web in
            try await Self.publish(web)
            let (_, path) = try await Self.share(web)
            let made = try BackupReport(try await web.host.send(.backup(.make(Self.acme))))
            let then = TenantID(unchecked: "then")
            _ = try await web.host.send(.backup(.restore(Self.acme, made.id, into: then)))
            #expect(try await web.send("GET", "/share/then/\(Self.token(path))", key: "").status == 404)
            #expect(try await web.send("GET", path, key: "").status == 200)
            _ = try await web.host.send(.backup(.restore(Self.acme, made.id, into: nil)))
            #expect(try await web.send("GET", path, key: "").status == 404)
            #expect(try await web.send("GET", Self.path + "/links?tenant=acme").json["links"] == [])
            #expect(try await web.send("GET", Self.path + "/versions/1?tenant=acme").status == 200)
        }
    }

    @Test func `a time that is none, a version that is none and a second answer are refused`() async throws {
        try await WebFixture.with { web in
            try await Self.publish(web)
            for wish: JSONValue in [["expires": "91d"], ["expires": "59s"], ["expires": "soon"], ["version": 0], ["expires": 7], ["token": "a"]] {
                let refused = try await web.send("POST", Self.path + "/links?tenant=acme", wish)
                #expect(refused.status == 422, "\(wish): \(refused.text)")
            }
            #expect(try await web.send("POST", Self.path + "/links?tenant=acme", ["version": 2]).status == 404)
            #expect(try await web.send("POST", "/api/workflows/none/links?tenant=acme").status == 404)
            #expect(try await web.send("GET", "/api/workflows/none/links?tenant=acme").status == 404)
            let once = ["Idempotency-Key: a"]
            #expect(try await web.send("POST", Self.path + "/links?tenant=acme", headers: once).status == 201)
            #expect(try await web.send("POST", Self.path + "/links?tenant=acme", headers: once).status == 409)
            #expect(try await web.send("GET", Self.path + "/links?tenant=acme&limit=1").json["links"]?.array?.count == 1)
        }
    }

    @Test func `below a tenant's own host a link needs no tenant, and opens nothing of another`() async throws {
        try await TemporaryFolder.with { (folder) async throws in
            var token = ""
            let end = try await InboundDaemon.with(folder, more: "domains: {base: host.test, addresses: [127.0.0.1]}") { daemon in
                try await daemon.publish()
                try await daemon.send(.tenantCreate(TenantID("globex"), name: nil, QuotaChange()))
                for (tenant, host) in [("acme", "acme.host.test"), ("globex", "globex.host.test")] {
                    try await daemon.send(.whitelabel(.addDomain(TenantID(tenant), host)))
                }
                let link = try await daemon.send(.workflow(.share(Self.acme, WorkflowID("orders"), version: nil, lasting: nil)))
                token = Self.token(link["path"]?.string ?? "")
                for path in ["/share/\(token)", "/share/acme/\(token)"] {
                    #expect(try await daemon.get(path, host: "acme.host.test").status == 200)
                    #expect(try await daemon.get(path, host: "globex.host.test").status == 404)
                    #expect(try await daemon.get(path, host: "other.test").status == 421)
                }
                #expect(try await daemon.get("/share/acme/\(token)", host: "host.test").status == 200)
                #expect(try await daemon.get("/share/\(token)", host: "host.test").status == 404)
                #expect(try await daemon.get("/share/globex/\(token)", host: "globex.host.test").status == 404)
            }
            #expect(end.status == 0, "\(end)")
            #expect(token.utf8.count == 43 && !end.errors.contains(token) && end.errors.contains("/share/(removed)"), "\(end.errors)")
        }
    }
}

/// What was written to a log.
private final class Recorder: LogWriter {
    private let entries = Mutex<[String]>([])
    var lines: [String] { entries.withLock { $0 } }
    func write(_ entry: LogEntry) { entries.withLock { $0.append(TextLogWriter.line(entry)) } }
}
