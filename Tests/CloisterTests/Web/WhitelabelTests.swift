import Control
import HTTPTypes
import HostTesting
import Model
import Plugins
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// A tenant's own look and features over HTTP.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WhitelabelTests {
    @Test func `a configuration is set, told with its contrast and its drops, and not overwritten unseen`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let path = "/api/whitelabel/config?tenant=acme"
            let first = try await web.send("GET", path)
            #expect(first.json["config"]?["productName"] == "Cloister")
            let tag = try #require(first.headers["etag"])
            let config: JSONValue = [
                "productName": "Akten", "colors": ["light": ["text": "#999999"]], "css": "p { color: red }\n@import 'x';",
            ]
            let set = try await web.send("PUT", path, config, headers: ["If-Match: \(tag)"])
            #expect(set.status == 200, "\(set.text)")
            let bad = set.json["contrast"]?.array?.filter { $0["passes"] == false } ?? []
            #expect(bad.count == 2 && bad.allSatisfy { $0["foreground"] == "text" && $0["suggestion"]?.string != nil })
            #expect(set.json["dropped"]?.array?.first?["line"] == 2)
            #expect(try await web.send("PUT", path, config, headers: ["If-Match: \(tag)"]).status == 412)
            let again = try await web.send("GET", path)
            #expect(again.headers["etag"] == set.headers["etag"])
            #expect(again.json["config"]?["productName"] == "Akten")
            #expect(try await web.send("PUT", path, ["colors": ["light": ["text": "red"]]]).status == 422)
        }
    }

    @Test func `what a tenant has not is refused to its keys, to operators, and to its plugins`() async throws {
        try await WebFixture.with { web in
            try await web.host.createTenant()
            let acme = TenantID(unchecked: "acme")
            let path = "/api/whitelabel/features?tenant=acme"
            let key = try await web.key([.documentsRead, .documentsWrite, .hooksRead, .whitelabelRead], tenant: acme)
            #expect(try await web.send("GET", "/api/documents", key: key).status == 200)
            // What a tenant has is the platform's decision.
            #expect(try await web.send("PUT", path, ["features": ["documents": true]], key: key).status == 403)
            let off = try await web.send("PUT", path, ["features": ["documents": false]])
            #expect(off.status == 200 && off.json["features"]?["documents"] == false, "\(off.text)")
            for sender in [key, web.operatorKey] {
                let refused = try await web.send("GET", "/api/documents?tenant=acme", key: sender)
                #expect(refused.status == 403)
                #expect(refused.json["detail"] == "tenant acme does not have the feature documents")
                let upload = try await web.send(
                    "POST", "/api/documents?tenant=acme&name=a", bytes: [1], key: sender, headers: ["Content-Type: text/plain"])
                #expect(upload.status == 403)
                #expect(try await web.send("GET", "/api/documents/doc-1/content?tenant=acme", key: sender).status == 403)
            }
            #expect(try await web.send("GET", "/api/hooks?tenant=acme", key: key).status == 200)

            let grants = web.host.daemon.host.grants
            let plugin = PluginID(unchecked: "probe")
            let refusal = #expect(throws: Problem.self) {
                try grants.authorize(.documents, "read", on: .nothing, for: plugin, of: acme)
            }
            #expect(refusal?.message == "tenant acme does not have the feature documents")

            _ = try await web.send("PUT", path, ["features": ["documents": true, "api": false]])
            #expect(try await web.send("GET", "/api/documents", key: key).status == 403)
            #expect(try await web.send("GET", "/api/documents?tenant=acme").status == 200)
            #expect(try await web.send("PUT", path, ["features": ["docs": true]]).status == 422)
        }
    }

    @Test func `people get pages, also for what goes wrong, and programs problems`() async throws {
        try await WebFixture.with { web in
            let accept = ["Accept: text/html,application/xhtml+xml,*/*;q=0.8"]
            let start = try await web.send("GET", "/", key: "", headers: accept)
            #expect(start.status == 200 && start.headers["content-type"] == "text/html; charset=utf-8", "\(start.text)")
            #expect(start.headers["content-security-policy"] == PageShell.contentPolicy)
            #expect(start.headers["x-content-type-options"] == "nosniff")
            for asset in start.text.matches(of: /href="([^"#]+\.css)"/).map({ String($0.1) }) {
                let style = try await web.send("GET", asset, key: "")
                #expect(style.status == 200 && style.headers["content-type"] == "text/css; charset=utf-8", "\(asset)")
            }
            let missing = try await web.send("GET", "/nowhere", key: "", headers: accept)
            #expect(missing.status == 404 && missing.text.contains("<h1>Not Found</h1>"), "\(missing.text)")
            #expect(missing.headers["content-security-policy"] == PageShell.contentPolicy)
            #expect(try await web.send("GET", "/nowhere", key: "").headers["content-type"] == "application/problem+json")
            let api = try await web.send("GET", "/api/nowhere", key: "", headers: accept)
            #expect(api.headers["content-type"] == "application/problem+json")
        }
    }
}
