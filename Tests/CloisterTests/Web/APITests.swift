import Control
import HostTesting
import Model
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// The daemon over HTTP, with real sockets and real children.
@Suite(.serialized, .timeLimit(.minutes(5))) struct APITests {
    @Test func `tenants and plugins are made, used and removed`() async throws {
        try await WebFixture.with { web in
            let made = try await web.send("POST", "/api/tenants", ["id": "acme", "name": "Acme"])
            #expect(made.status == 201, "\(made.text)")
            #expect(made.headers["location"] == "/api/tenants/acme")
            #expect(try await web.send("POST", "/api/tenants", ["id": "acme"]).status == 409)
            let folder = try web.host.plugin()
            let run = try await web.send("POST", "/api/plugins/run", ["tenant": "acme", "folder": .string(folder)])
            #expect(run.status == 201, "\(run.text)")
            // Digits that no double holds come through.
            let input = #"{"tool": "echo", "input": {"n": 12345678901234567890123, "text": "grüße"}}"#
            let called = try await web.send(
                "POST", "/api/plugins/probe/call?tenant=acme", bytes: Array(input.utf8), headers: ["Content-Type: application/json"])
            #expect(called.status == 200, "\(called.text)")
            #expect(called.text.contains("12345678901234567890123"))
            #expect(try await web.send("GET", "/api/plugins?tenant=acme").json["plugins"]?.array?.count == 1)
            #expect(try await web.send("GET", "/api/plugins/prob?tenant=acme").json["hint"] == "did you mean probe?")
            #expect(try await web.send("POST", "/api/plugins/probe/stop?tenant=acme").json["state"] == "stopped")
            #expect(try await web.send("GET", "/api/plugins/probe/permissions?tenant=acme").status == 200)
            #expect(try await web.send("GET", "/api/plugins/probe/logs?tenant=acme&lines=5").json["lines"]?.array != nil)
            #expect(try await web.send("GET", "/api/status").json["tenants"] == 1)
            #expect(try await web.send("DELETE", "/api/tenants/acme").status == 204)
            #expect(try await web.send("GET", "/api/tenants/acme").status == 404)
        }
    }

    @Test func `a document comes in, goes out in parts, and goes away`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let content = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let kept = try await web.send(
                "POST", "/api/documents?tenant=acme&name=a%20%C3%A4.bin", bytes: content,
                headers: ["Content-Type: application/octet-stream"])
            #expect(kept.status == 201, "\(kept.text)")
            let path = "/api/documents/\(kept.json["document"]?.string ?? "")"
            let whole = try await web.send("GET", path + "/content?tenant=acme")
            #expect(whole.body == content)
            let tag = try #require(whole.headers["etag"])
            #expect(try await web.send("GET", path + "/content?tenant=acme", headers: ["If-None-Match: \(tag)"]).status == 304)
            let part = try await web.send("GET", path + "/content?tenant=acme", headers: ["Range: bytes=300000-300009"])
            #expect(part.status == 206)
            #expect(part.body == Array(content[300_000...300_009]))
            #expect(part.headers["content-range"] == "bytes 300000-300009/700000")
            #expect(try await web.send("GET", path + "/content?tenant=acme", headers: ["Range: bytes=900000-"]).status == 416)
            #expect(try await web.send("GET", "/api/documents?tenant=acme&limit=1").json["documents"]?.array?.count == 1)
            #expect(try await web.send("DELETE", path + "?tenant=acme").status == 204)
            #expect(try await web.send("GET", path + "?tenant=acme").status == 404)
            let unannounced = try await web.raw(
                Array(
                    "POST /api/documents?tenant=acme&name=a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer \(web.operatorKey)\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        .utf8))
            #expect(unannounced.status == 411)
        }
    }

    @Test func `a tool reads a document that the tenant keeps, and the document stays`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let installed = try await web.send("POST", "/api/marketplace/plugins/exif-metadata/install?tenant=acme")
            #expect(installed.status == 201, "\(installed.text)")
            let photograph = try DaemonFixture.contents(DaemonFixture.material + "/images/01.jpg")
            let kept = try await web.send(
                "POST", "/api/documents?tenant=acme&name=01.jpg", bytes: photograph, headers: ["Content-Type: image/jpeg"])
            let id = kept.json["document"] ?? .null
            let path = "/api/plugins/exif-metadata/call?tenant=acme"
            for _ in 0..<2 {
                let read = try await web.send("POST", path, ["tool": "extract", "stored": ["": id]])
                #expect(read.status == 200, "\(read.text)")
                #expect(read.text.contains("EXIF"))
            }
            let key = try await web.key([.pluginsCall], tenant: web.host.tenant)
            #expect(try await web.send("POST", path, ["tool": "extract", "stored": ["": id]], key: key).status == 403)
            #expect(try await web.send("POST", path, ["tool": "extract", "stored": ["": "doc-none"]]).status == 404)
            #expect(try await web.send("GET", "/api/documents/\(id.string ?? "")/content?tenant=acme").body == photograph)
        }
    }

    @Test func `a second attempt gets the first one's answer`() async throws {
        try await WebFixture.with { web in
            let key = ["Idempotency-Key: once"]
            let first = try await web.send("POST", "/api/tenants", ["id": "acme"], headers: key)
            let second = try await web.send("POST", "/api/tenants", ["id": "acme"], headers: key)
            #expect((first.status, second.status) == (201, 201))
            #expect(first.body == second.body)
            #expect(second.headers["idempotency-replayed"] == "true")
            let other = try await web.send("POST", "/api/tenants", ["id": "globex"], headers: key)
            #expect(other.status == 422)
            #expect(other.json["code"] == "idempotencyKeyReused")
            // What was refused is refused again in the same words, and the same document is not kept twice.
            let refused = try await web.send("POST", "/api/tenants", ["id": "acme"], headers: ["Idempotency-Key: two"])
            let again = try await web.send("POST", "/api/tenants", ["id": "acme"], headers: ["Idempotency-Key: two"])
            #expect(refused.status == 409)
            #expect(again.body == refused.body)
            for _ in 0..<2 {
                let kept = try await web.send(
                    "POST", "/api/documents?tenant=acme&name=a", bytes: [1, 2, 3],
                    headers: ["Content-Type: application/octet-stream", "Idempotency-Key: three"])
                #expect(kept.status == 201)
            }
            #expect(try await web.send("GET", "/api/documents?tenant=acme").json["documents"]?.array?.count == 1)
            // A key's text is not kept anywhere.
            let wish: JSONValue = ["name": "ci", "scopes": ["status:read"]]
            let made = try await web.send("POST", "/api/keys", wish, headers: ["Idempotency-Key: four"])
            #expect(made.status == 201, "\(made.text)")
            #expect(try await web.send("POST", "/api/keys", wish, headers: ["Idempotency-Key: four"]).status == 409)
        }
    }

    @Test func `a quota that was changed meanwhile is not overwritten`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let tag = try #require(try await web.send("GET", "/api/tenants/acme/quota").headers["etag"])
            let changed = try await web.send("PATCH", "/api/tenants/acme/quota", ["cpu": 2], headers: ["If-Match: \(tag)"])
            #expect(changed.status == 200, "\(changed.text)")
            #expect(changed.json["cpu"]?.number == 2)
            let late = try await web.send("PATCH", "/api/tenants/acme/quota", ["cpu": 3], headers: ["If-Match: \(tag)"])
            #expect(late.status == 412)
            #expect(try await web.send("GET", "/api/tenants/acme/quota").json["cpu"]?.number == 2)
        }
    }

    @Test func `lists come in pages that say how to go on`() async throws {
        try await WebFixture.with { web in
            for name in ["a", "b", "c", "d", "e"] { _ = try await web.send("POST", "/api/tenants", ["id": .string(name)]) }
            var (seen, path): ([String], String?) = ([], "/api/tenants?limit=2")
            while let next = path {
                let page = try await web.send("GET", next)
                seen += page.json["tenants"]?.array?.compactMap { $0["id"]?.string } ?? []
                path = page.json["cursor"]?.string.map { "/api/tenants?limit=2&cursor=\($0)" }
                #expect((page.headers["link"] != nil) == (path != nil))
            }
            #expect(seen == ["a", "b", "c", "d", "e"])
            #expect(try await web.send("GET", "/api/tenants?limit=101").status == 422)
            #expect(try await web.send("GET", "/api/tenants?limit=0").status == 422)
            #expect(try await web.send("GET", "/api/tenants?cursor=zz").status == 422)
        }
    }

    @Test func `the marketplace shows what there is and installs it`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let list = try await web.send("GET", "/api/marketplace/plugins?tenant=acme&limit=100")
            let ids = list.json["plugins"]?.array?.compactMap { $0["id"]?.string } ?? []
            #expect(ids.contains("exif-metadata"), "\(list.text.prefix(300))")
            // Page after page, the same plugins in the same order.
            var (pages, path): ([String], String?) = ([], "/api/marketplace/plugins?tenant=acme&limit=4")
            while let next = path {
                let page = try await web.send("GET", next).json
                pages += page["plugins"]?.array?.compactMap { $0["id"]?.string } ?? []
                path = page["cursor"]?.string.map { "/api/marketplace/plugins?tenant=acme&limit=4&cursor=\($0)" }
            }
            #expect(pages == ids)
            let found = try await web.send("GET", "/api/marketplace/plugins?tenant=acme&q=EXIF").json["plugins"]?.array ?? []
            #expect(found.contains { $0["id"] == "exif-metadata" } && found.count < ids.count)
            #expect(try await web.send("GET", "/api/marketplace/plugins?tenant=acme&q=no%20such%20text").json["plugins"] == [])
            let offer = try await web.send("GET", "/api/marketplace/plugins/exif-metadata?tenant=acme")
            #expect(offer.json["installed"] == .null, "\(offer.text)")
            #expect(try await web.send("GET", "/api/marketplace/plugins/exif-metdata?tenant=acme").status == 404)
            #expect(try await web.send("POST", "/api/marketplace/plugins/no-such/install?tenant=acme").status == 404)
        }
    }

    @Test func `the marketplace tells what a tenant has, as it is now and nobody else's`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            _ = try await web.send("POST", "/api/tenants", ["id": "globex"])
            let list = "/api/marketplace/plugins?tenant=acme"
            func find(_ query: String) async throws -> [JSONValue] {
                try await web.send("GET", list + query).json["plugins"]?.array ?? []
            }
            // One of the tenant's own, before and behind what comes with the daemon.
            for id in ["aa-own", "zz-own"] {
                #expect(try await find("&q=\(id)").isEmpty)
                let folder = try web.host.plugin(id)
                _ = try await web.host.send(.pluginRun(web.host.tenant, .folder(folder), configuration: nil))
                let found = try await find("&q=\(id.uppercased())")
                #expect(found.count == 1 && found[0]["available"] == false && found[0]["installed"]?["status"] == "active", "\(found)")
            }
            let all = try await find("&limit=100").compactMap { $0["id"]?.string }
            #expect(all == all.sorted() && all.first == "aa-own" && all.last == "zz-own" && all.contains("exif-metadata"))
            #expect(try await find("&limit=1").compactMap { $0["id"]?.string } == ["aa-own"])
            let installed = try await web.send("POST", "/api/marketplace/plugins/exif-metadata/install?tenant=acme")
            #expect(installed.status == 201, "\(installed.text)")
            let offer = try #require(try await find("&q=exif").first { $0["id"] == "exif-metadata" })
            #expect(offer["available"] == true && offer["installed"]?["status"] == "active", "\(offer)")
            #expect(try await web.send("GET", "/api/marketplace/plugins/exif-metadata?tenant=acme").json == offer)
            #expect(try await web.send("POST", "/api/plugins/exif-metadata/disable?tenant=acme").status == 200)
            #expect(try await web.send("GET", "/api/marketplace/plugins/exif-metadata?tenant=acme").json["installed"]?["status"] == "inactive")
            let others = try await web.send("GET", "/api/marketplace/plugins?tenant=globex&limit=100").json["plugins"]?.array ?? []
            #expect(others.allSatisfy { $0["installed"] == .null } && others.count == all.count - 2)
            #expect(try await web.send("DELETE", "/api/marketplace/plugins/zz-own?tenant=acme").status == 204)
            #expect(try await find("&q=zz-own").isEmpty)
            #expect(try await web.send("GET", "/api/marketplace/plugins/zz-own?tenant=acme").status == 404)
        }
    }

    @Test func `hooks are applied and events told`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let events = try await web.send("GET", "/api/hooks?tenant=acme").json["events"]?.array ?? []
            let name = try #require(events.compactMap { $0["name"]?.string }.first { !$0.hasPrefix("document.") })
            let applied = try await web.send("POST", "/api/hooks/\(name)/apply?tenant=acme", ["value": ["a": 1]])
            #expect(applied.status == 200, "\(applied.text)")
            #expect(applied.json["value"] == ["a": 1])
            let told = try await web.send("POST", "/api/events?tenant=acme", ["event": "sync.finished", "value": ["records": 3]])
            #expect(told.status == 200, "\(told.text)")
            #expect(told.json["value"] == ["records": 3])
            #expect(try await web.send("POST", "/api/hooks/no.such/apply?tenant=acme", [:]).status == 404)
        }
    }

    @Test func `the server says how it is`() async throws {
        try await WebFixture.with { web in
            #expect(try await web.send("GET", "/healthz", key: "").status == 200)
            #expect(try await web.send("GET", "/readyz", key: "").status == 200)
            #expect(try await web.send("GET", "/metrics", key: "").status == 401)
            let metrics = try await web.send("GET", "/metrics")
            #expect(metrics.text.contains("cloister_http_requests_total{method=\"GET\",operation=\"health\",status=\"200\"} 1\n"))
            #expect(metrics.text.contains("cloister_tenants 0\n"))
            web.host.daemon.enter(.draining)
            #expect(try await web.send("GET", "/readyz", key: "").status == 503)
            #expect(try await web.send("POST", "/api/tenants", ["id": "acme"]).status == 503)
            web.host.daemon.enter(.ready)
        }
    }

    @Test func `a trace goes on, and one is begun where there is none`() async throws {
        try await WebFixture.with { web in
            let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            let traced = try await web.send("GET", "/healthz", headers: ["traceparent: 00-\(trace)-00f067aa0ba902b7-01"])
            let parent = try #require(traced.headers["traceparent"])
            #expect(parent.hasPrefix("00-\(trace)-"))
            #expect(parent.hasSuffix("-01"))
            #expect(!parent.contains("00f067aa0ba902b7"))
            #expect(parent.contains(traced.headers["x-request-id"] ?? "-"))
            #expect(try await web.send("GET", "/healthz", headers: ["traceparent: nonsense"]).headers["traceparent"] != nil)
        }
    }

    /// What the control socket can do, and the operations of the API that stand for it where the name is another.
    @Test func `everything that the control socket can do, the API can do`() {
        let uploads: Set<ControlMethod> = [.documentBegin, .documentAppend, .documentFinish, .tenantImportAppend]
        let offered: Set<ControlMethod> = [.pluginAvailable]
        let served = Set(Routes.all.map(\.operation))
        let missing = ControlMethod.allCases.filter {
            !uploads.contains($0) && !offered.contains($0) && !served.contains($0.rawValue)
        }
        #expect(missing.isEmpty, "\(missing)")
    }
}
