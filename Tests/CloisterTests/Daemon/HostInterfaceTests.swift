import Control
import Glibc
import HostTesting
import Model
import Plugins
import Testing

@testable import cloister

/// What plugins ask of the host, by a real sealed plugin over its pipes.
@Suite(.serialized, .timeLimit(.minutes(3)),
    .enabled(if: access("/usr/bin/python3", X_OK) == 0)) struct HostInterfaceTests {
    private static let storage = "permissions: [{resource: storage, actions: [read, write]}]"
    private static let documents = """
        permissions:
          - {resource: documents, actions: [read, create, delete], conditions: {media-types: ["text/*"], max-size: 1MiB}}
        """

    @Test func `a value comes back as it was kept, also after the daemon was away`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let value: JSONValue = ["text": "grüße", "list": [1, 2.5, nil], "key": "k"]
        try await DaemonFixture.with(folder: folder) { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.storage)
            #expect(try await host.ask("storage/get", ["key": "a"]) == ["result": ["value": nil]])
            #expect(try await host.ask("storage/put", ["key": "a", "value": value]) == ["result": [:]])
            #expect(try await host.ask("storage/get", ["key": "a"]) == ["result": ["value": value]])
        }
        try await DaemonFixture.with(folder: folder) { host in
            let kept = try await host.ask("storage/get", ["key": "a"])
            #expect(kept == ["result": ["value": value]])
            let deleted = try await host.ask("storage/delete", ["key": "a"])
            #expect(deleted == ["result": ["deleted": true]])
            let again = try await host.ask("storage/delete", ["key": "a"])
            #expect(again == ["result": ["deleted": false]])
        }
    }

    @Test func `run tells the grants that hold, also when some were taken away`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let place = try AskingPlugin.make(in: host.folder, more: Self.storage)
            let granted = try await host.send(.pluginRun(host.tenant, .folder(place), configuration: nil))
            #expect(granted["grants"] == ["storage read, write"])
            _ = try await host.send(.pluginPermissions(host.reference(), GrantRequest(revoke: ["storage:write"])))
            let narrowed = try await host.send(.pluginRun(host.tenant, .folder(place), configuration: nil))
            #expect(narrowed["grants"] == ["storage read"])
        }
    }

    @Test func `keys are listed page by page in the order of their bytes`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.storage)
            for key in ["b/2", "a", "b/1", "b/3", "c"] { _ = try await host.ask("storage/put", ["key": .string(key), "value": 1]) }
            let first = try await host.ask("storage/list", ["prefix": "b/", "limit": 2])
            #expect(first == ["result": ["keys": ["b/1", "b/2"], "cursor": "b/2"]])
            let second = try await host.ask("storage/list", ["prefix": "b/", "limit": 2, "cursor": "b/2"])
            #expect(second == ["result": ["keys": ["b/3"], "cursor": nil]])
        }
    }

    @Test func `plugins and tenants do not see each other's keys`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.storage)
            try await host.runAsking("other", more: Self.storage)
            _ = try await host.ask("storage/put", ["key": "a", "value": "mine"])
            #expect(try await host.ask("storage/get", ["key": "a"], by: "other") == ["result": ["value": nil]])
        }
    }

    static let refused: [(String, JSONValue, Int64, String)] = [
        ("storage/get", ["key": ""], -32602, "/key"), ("storage/get", [:], -32602, "/key"),
        ("storage/get", ["key": "a", "more": 1], -32602, "/more"), ("storage/put", ["key": "a"], -32602, "/value"),
        ("storage/list", ["limit": 0], -32602, "/limit"), ("storage/fly", [:], -31989, "unknown method"),
        ("secret/get", ["name": "a"], -31999, "permission denied: secrets read of a for plugin asking"),
        ("document/open", ["document": "doc-1"], -31999, "permission denied: documents read for plugin asking"),
        ("document/create", ["path": "/exchange/out/a", "name": "a"], -31999, "documents create"),
        ("event/emit", ["event": "asking.a"], -31999, "events emit of asking.a"),
        ("connection/call", ["connection": "crm", "action": "list"], -31999, "connections call of crm"),
    ]

    @Test func `every request that is wrong or not granted is refused with its place or its entry`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.storage)
            for (method, parameters, code, text) in Self.refused {
                let answer = try await host.ask(method, parameters)
                #expect(answer["error"]?["code"]?.integer == code, "\(method): \(answer.compactText)")
                #expect(answer["error"]?["message"]?.string?.contains(text) == true, "\(method): \(answer.compactText)")
            }
            let hint = try await host.ask("secret/get", ["name": "a"])["error"]?["data"]?["hint"]?.string
            #expect(hint == "the manifest asks for it with `permissions: [{resource: secrets, actions: [read]}]`")
            let rows = try await host.send(.pluginPermissions(host.reference(), GrantRequest()))["rows"]?.array ?? []
            let secrets = rows.first { $0["resource"] == "secrets" }
            #expect(secrets?["refused"] == 2 && secrets?["requested"]?.isNull == true)
        }
    }

    @Test func `storage is bound by value, by plugin and by the tenant's disk quota`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant(QuotaChange(disk: .mebibytes(3)))
            try await host.runAsking(more: Self.storage)
            let large = JSONValue.string(String(repeating: "x", count: 1 << 20))
            #expect(try await host.ask("storage/put", ["key": "a", "value": large])["error"]?["code"] == -31998)
            let fitting = JSONValue.string(String(repeating: "x", count: 1_000_000))
            var refused: JSONValue?
            for number in 0..<8 where refused == nil {
                let answer = try await host.ask("storage/put", ["key": .string("k\(number)"), "value": fitting])
                if answer["error"] != nil { refused = answer }
            }
            #expect(refused?["error"]?["code"] == -31998)
            #expect(refused?["error"]?["message"]?.string?.contains("disk quota") == true)
        }
    }

    @Test func `a plugin may not do what its manifest does not ask for any more`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.storage)
            #expect(try await host.ask("storage/put", ["key": "a", "value": 1])["result"] != nil)
            _ = try AskingPlugin.make(in: host.folder, more: "permissions: [{resource: storage, actions: [read]}]")
            _ = try await host.send(.pluginRestart(host.reference()))
            #expect(try await host.ask("storage/get", ["key": "a"])["result"]?["value"] == 1)
            let refused = try await host.ask("storage/put", ["key": "a", "value": 2])
            #expect(refused["error"]?["code"] == -31999, "\(refused.compactText)")
            #expect(try await host.call("state", of: "asking")["grants"] == [["resource": "storage", "actions": ["read"], "conditions": [:]]])
        }
    }

    @Test func `a grant that is taken away or given holds at once and is told to the plugin`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.storage)
            #expect(try await host.ask("storage/get", ["key": "a"])["result"] != nil)
            _ = try await host.send(.pluginPermissions(host.reference(), GrantRequest(revoke: ["storage:read"])))
            let refused = try await host.ask("storage/get", ["key": "a"])
            #expect(refused["error"]?["data"]?["hint"]?.string?.contains("plugin permissions asking --tenant acme") == true)
            #expect(try await host.call("state", of: "asking")["grants"] == [["resource": "storage", "actions": ["write"], "conditions": [:]]])
            _ = try await host.send(.pluginPermissions(host.reference(), GrantRequest(grant: ["storage"])))
            #expect(try await host.ask("storage/get", ["key": "a"])["result"] != nil)
        }
    }

    @Test func `a secret reaches who was granted it and nobody else`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: "permissions: [{resource: secrets, actions: [read], conditions: {names: [mail-*]}}]")
            _ = try await host.send(.secretSet(host.tenant, name: "mail-key", SecretText("s3cret-väl")))
            #expect(try await host.ask("secret/get", ["name": "mail-key"]) == ["result": ["value": "s3cret-väl"]])
            #expect(try await host.ask("secret/get", ["name": "mail-none"])["error"]?["code"] == -31994)
            #expect(try await host.ask("secret/get", ["name": "bank"])["error"]?["code"] == -31999)
            #expect(try await host.send(.secretList(host.tenant))["secrets"]?.array?.map { $0["name"] } == ["mail-key"])
            // Sealed on disk, and the key for nobody but the daemon.
            var status = stat()
            #expect(stat(host.folder + "/data/secrets.key", &status) == 0 && status.st_mode & 0o777 == 0o600)
            for name in ["tenant.db", "tenant.db-wal"] {
                let bytes = (try? DaemonFixture.contents(host.folder + "/data/tenants/acme/" + name)) ?? []
                #expect(!String(decoding: bytes, as: UTF8.self).contains("s3cret"))
            }
            _ = try await host.send(.secretDelete(host.tenant, name: "mail-key"))
            #expect(try await host.ask("secret/get", ["name": "mail-key"])["error"]?["code"] == -31994)
        }
    }

    @Test func `a document is opened read-only by who may read it, and gone after the call`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.documents)
            let id = try await host.put("hello there")
            let opened = try await host.call("open-read", of: "asking", ["document": .string(id)])
            #expect(opened["text"] == "hello there" && opened["name"] == "note.txt" && opened["mediaType"] == "text/plain")
            #expect(opened["sha256"]?.string?.count == 64 && opened["size"] == 11)
            let path = opened["path"]?.string ?? ""
            #expect(path.hasPrefix("/exchange/in/"))
            var isThere = true
            for _ in 0..<50 where isThere {
                isThere = try await host.call("exists", of: "asking", ["path": .string(path)]).bool ?? true
            }
            #expect(!isThere)
            let image = try await host.put("GIF89a" + String(repeating: "\u{1}", count: 20), named: "note.txt")
            let refused = try await host.ask("document/info", ["document": .string(image)])
            #expect(refused["error"]?["message"]?.string?.contains("documents read of image/gif") == true, "\(refused.compactText)")
            #expect(try await host.ask("document/info", ["document": "doc-none"])["error"]?["code"] == -31994)
        }
    }

    @Test func `a document of the tenant goes to a tool by its id, where the plugin may read it`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.documents)
            func call(_ id: String, _ property: String = "") async throws -> JSONValue {
                try await host.send(
                    .pluginCall(
                        PluginCall(host.reference(), tool: "read", stored: [property: try DocumentID(id)])))
            }
            let id = try await host.put("hello there")
            #expect(try await call(id) == ["text": "hello there"])
            #expect(try await call(id, "path") == ["text": "hello there"])
            #expect(await problem { try await call(id, "other") }?.code == .invalidInput)
            #expect(await problem { try await call("doc-none") }?.code == .notFound)
            // The conditions of the grant hold, for the content and not for the name.
            let image = try await host.put("GIF89a" + String(repeating: "\u{1}", count: 20), named: "note.txt")
            let refused = await problem { try await call(image) }
            #expect(refused?.message == "permission denied: documents read of image/gif for plugin asking")
            let large = try await host.put(String(repeating: "x", count: 1 << 20) + "x")
            #expect(await problem { try await call(large) }?.code == .permissionDenied)
            _ = try await host.send(.pluginPermissions(host.reference(), GrantRequest(revoke: ["documents:read"])))
            #expect(await problem { try await call(id) }?.code == .permissionDenied)
            // Another tenant's is not there.
            let other = TenantID(unchecked: "other")
            _ = try await host.send(.tenantCreate(other, name: nil, QuotaChange()))
            let folder = host.folder + "/plugins-asking"
            _ = try await host.send(.pluginRun(other, .folder(folder), configuration: nil))
            let reference = PluginReference(tenant: other, plugin: host.reference().plugin)
            let foreign = await problem {
                try await host.send(.pluginCall(PluginCall(reference, tool: "read", stored: ["": try DocumentID(id)])))
            }
            #expect(foreign?.code == .notFound)
            #expect(Path.entries(of: host.folder + "/data/tenants/acme/plugins/asking/exchange/in") == [])
        }
    }

    @Test func `a document that is opened for a call that there is not is gone with the last call`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.documents)
            let id = try await host.put("hello there")
            let opened = try await host.ask("document/open", ["document": .string(id), "call": "no-such-call"])
            let path = opened["result"]?["path"]?.string ?? ""
            #expect(path.hasPrefix("/exchange/in/"), "\(opened.compactText)")
            var isThere = true
            for _ in 0..<50 where isThere {
                isThere = try await host.call("exists", of: "asking", ["path": .string(path)]).bool ?? true
            }
            #expect(!isThere)
        }
    }

    @Test func `what a plugin names is bounded, so that no refusal repeats megabytes`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.storage)
            let long = JSONValue.string(String(repeating: "x", count: 1 << 20))
            let requests: [(String, JSONValue, String)] = [
                ("secret/get", ["name": long], "/name"), ("event/emit", ["event": long], "/event"),
                ("connection/call", ["connection": long, "action": "a"], "/connection"),
                ("connection/call", ["connection": "a", "action": long], "/action"),
                ("secret/get", ["name": "a\nlevel=error audit=ok"], "/name"),
            ]
            for (method, parameters, place) in requests {
                let error = try await host.ask(method, parameters)["error"]
                #expect(error?["code"] == -32602, "\(method) \(place)")
                let message = error?["message"]?.string ?? ""
                #expect(message.hasPrefix(place) && message.utf8.count < 300, "\(message.prefix(300))")
            }
        }
    }

    @Test func `a document is made of what was written, by its content, and its bytes are the host's own`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.documents)
            _ = try await host.call("write", of: "asking", ["path": "/exchange/out/sub/a.csv", "text": "a,b\n1,2\n"])
            let made = try await host.ask(
                "document/create", ["path": "/exchange/out/sub/a.csv", "name": "a.csv", "mediaType": "text/csv"])
            #expect(made["result"]?["mediaType"] == "text/csv" && made["result"]?["size"] == 8, "\(made.compactText)")
            let id = made["result"]?["document"]?.string ?? ""
            // Out of a folder that is the plugin's own the daemon can take it only where it may write anywhere.
            if getuid() == 0 {
                #expect(try await host.call("exists", of: "asking", ["path": "/exchange/out/sub/a.csv"]) == false)
            }
            let shown = try await host.send(.documentShow(host.tenant, try DocumentID(id)))
            #expect(shown["madeBy"] == "asking")
            #expect(try await host.send(.documentRead(host.tenant, try DocumentID(id), offset: 0, length: 100))["data"] == "YSxiCjEsMgo=")
            // What is said of content that is no text means nothing.
            _ = try await host.call("write", of: "asking", ["path": "/exchange/out/b", "bytes": [0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 2]])
            let lied = try await host.ask("document/create", ["path": "/exchange/out/b", "name": "b.txt", "mediaType": "text/plain"])
            #expect(lied["error"]?["message"]?.string?.contains("documents create of image/gif") == true, "\(lied.compactText)")
            #expect(try await host.ask("document/delete", ["document": .string(id)]) == ["result": [:]])
            #expect(try await host.send(.documentList(host.tenant, cursor: nil, limit: 10))["documents"] == [])
            #expect(access(host.folder + "/data/tenants/acme/blobs/" + Self.blob(of: "a,b\n1,2\n"), F_OK) != 0)
        }
    }

    private static func blob(of text: String) -> String {
        let path = "/tmp/cloister-test-\(getpid())-blob"
        defer { unlink(path) }
        try? FileCopy.write(text, to: path)
        let digits = (try? ProcessRun.output("/usr/bin/sha256sum", [path]).prefix(64)) ?? ""
        return "\(digits.prefix(2))/\(digits.dropFirst(2))"
    }

    /// Attack 26: what a plugin plants where the daemon reads.
    @Test func `links, FIFOs, folders and paths that lead out are refused, and nothing outside is read`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.documents)
            let out = "/exchange/out/"
            _ = try await host.call("link", of: "asking", ["path": "/exchange/out/passwd", "to": "/etc/passwd"])
            _ = try await host.call("link", of: "asking", ["path": "/exchange/out/relative", "to": "../../../../../registry.db"])
            _ = try await host.call("link", of: "asking", ["path": "/exchange/out/folder", "to": "/"])
            _ = try await host.call("link", of: "asking", ["path": "/exchange/out/magic", "to": "/proc/self/root/etc/passwd"])
            _ = try? await host.call("fifo", of: "asking", ["path": "/exchange/out/fifo"])
            _ = try await host.call("write", of: "asking", ["path": "/exchange/out/real/file", "text": "x"])
            _ = try await host.call("link", of: "asking", ["path": "/exchange/out/loop", "to": "real"])
            for path in [
                out + "passwd", out + "relative", out + "folder/etc/passwd", out + "magic", out + "fifo", out + "real", out + "loop/file",
                out + "../in/x", out + "./real/file", out + "/etc/passwd", "/etc/passwd", out, out + "real//file", "/exchange/outside",
            ] {
                let answer = try await host.ask("document/create", ["path": .string(path), "name": "a", "mediaType": "text/plain"])
                #expect([-32602, -31994].contains(answer["error"]?["code"]?.integer ?? 0), "\(path): \(answer.compactText)")
            }
            #expect(try await host.send(.documentList(host.tenant, cursor: nil, limit: 10))["documents"] == [])
            // What was refused was not removed either.
            #expect(try await host.call("exists", of: "asking", ["path": "/exchange/out/real/file"]) == true)
        }
    }

    @Test func `a flood of requests leaves the daemon's memory as it was`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking(more: Self.storage)
            _ = try await host.ask("storage/put", ["key": "k", "value": .string(String(repeating: "x", count: 10_000))])
            _ = try await host.call("flood", of: "asking", ["count": 2000])
            let before = Memory.resident(of: "self")
            for _ in 0..<4 { _ = try await host.call("flood", of: "asking", ["count": 5000]) }
            #expect(try await host.ask("storage/get", ["key": "none"])["result"] != nil)
            let growth = Int64(Memory.resident(of: "self")) - Int64(before)
            #expect(growth < 24 << 20, "\(growth) bytes more")
        }
    }
}
