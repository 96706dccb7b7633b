import Control
import Egress
import Foundation
import HostTesting
import Model
import Store
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Notices over HTTP: in people's inboxes, and brought to a real receiver.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WebhookTests {
    @Test func `a notice is brought to a receiver that knows the secret`() async throws {
        try await WebhookReceiver.with { (receiver, _) async throws in
            try await WebFixture.with(notifications: receiver.settings) { (web) async throws in
                try await web.host.createTenant()
                let made = try await web.send(
                    "POST", "/api/webhooks?tenant=acme", ["url": .string(receiver.url), "kinds": ["key.created"]],
                    headers: ["Idempotency-Key: once"])
                #expect(made.status == 201, "\(made.text)")
                let secret = made.json["secret"]?.string ?? ""
                #expect(secret.hasPrefix("whsec_"))
                let path = "/api/webhooks/\(made.json["id"]?.string ?? "")"
                #expect(try await web.send("GET", path + "?tenant=acme").json["secret"] == nil)
                try receiver.learn(secret)
                let sending = Task { await web.host.daemon.courier.run() }
                _ = try await web.send("POST", "/api/keys?tenant=acme", ["name": "ci", "scopes": ["plugins:call"]])
                #expect(try await web.send("POST", path + "/test?tenant=acme").status == 202)
                while receiver.verified.count < 2 { try await Task.sleep(for: .milliseconds(20)) }
                sending.cancel()
                await sending.value
                #expect(Set(receiver.verified.compactMap { $0["type"]?.string }) == ["key.created", "webhook.test"])
                let list = try await web.send("GET", path + "/deliveries?tenant=acme&limit=1")
                #expect(list.json["deliveries"]?.array?.first?["kind"] == "webhook.test")
                let next = try await web.send(
                    "GET", path + "/deliveries?tenant=acme&limit=1&cursor=\(list.json["cursor"]?.string ?? "")")
                #expect(next.json["deliveries"]?.array?.first?["kind"] == "key.created")
                #expect(next.json["cursor"] == .null)
                let replay = try await web.send("POST", path + "/replay?tenant=acme", ["since": "2026-01-01"])
                #expect(replay.json["replayed"] == 0)
                #expect(try await web.send("POST", path + "/replay?tenant=acme", [:]).status == 422)
                let rotated = try await web.send("POST", path + "/secret?tenant=acme")
                #expect(rotated.json["secret"]?.string.map { $0 != secret } == true)
                let rests = try await web.send("PATCH", path + "?tenant=acme", ["enabled": false, "kinds": []])
                #expect(rests.json["enabled"] == false && rests.json["kinds"] == [])
                #expect(try await web.send("POST", path + "/test?tenant=acme").status == 409)
                let metrics = try await web.send("GET", "/metrics").text
                #expect(metrics.contains("cloister_webhooks_waiting ") && metrics.contains("cloister_webhooks_sending 0\n"))
                #expect(try await web.send("DELETE", path + "?tenant=acme").status == 204)
                #expect(try await web.send("GET", path + "?tenant=acme").status == 404)
            }
        }
    }

    @Test(arguments: [
        "http://hooks.example.com/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://10.0.0.7:8443/",
        "https://[::ffff:127.0.0.1]/", "https://user:word@hooks.example.com/", "https://hooks.example.com/#x", "https://2130706433/",
    ])
    func `an address that no message may be brought to is refused`(url: String) async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let refused = try await web.send("POST", "/api/webhooks?tenant=acme", ["url": .string(url)])
            #expect(refused.status == 422, "\(refused.text)")
            #expect(try await web.send("GET", "/api/webhooks?tenant=acme").json["webhooks"] == [])
        }
    }

    @Test func `people read in their own inbox what their role may know of`() async throws {
        try await WebFixture.with { (web) async throws in
            try await web.host.createTenant()
            let ada = try await Browser.open(web, "ada@example.com", .owner, tenant: "acme")
            let eve = try await Browser.open(web, "eve@example.com", .member, tenant: "acme")
            let root = try await Browser.open(web, "root@example.com", .platformOwner, tenant: nil)
            for name in ["a", "b"] {
                #expect(try await ada.send("POST", "/api/keys", ["name": .string(name), "scopes": ["plugins:call"]]).status == 201)
            }
            let inbox = try await ada.send("GET", "/api/me/notifications?limit=1")
            #expect(inbox.status == 200, "\(inbox.text)")
            // Made in ada's name, and a key of the tenant's.
            #expect(inbox.json["notifications"]?.array?.first?["kind"] == "account.key-created")
            let total = inbox.json["unread"]?.integer ?? 0
            #expect(total >= 2)
            let next = try await ada.send("GET", "/api/me/notifications?limit=1&cursor=\(inbox.json["cursor"]?.string ?? "")")
            #expect(next.json["notifications"]?.array?.count == 1)
            let id = inbox.json["notifications"]?.array?.first?["id"] ?? .null
            #expect(try await ada.send("POST", "/api/me/notifications/read", ["notification": id]).status == 204)
            #expect(try await ada.send("GET", "/api/me/notifications").json["unread"] == .integer(total - 1))
            #expect(try await eve.send("GET", "/api/me/notifications").json["notifications"] == [])
            #expect(try await eve.send("POST", "/api/me/notifications/read", ["notification": id]).status == 404)
            #expect(try await ada.send("POST", "/api/me/notifications/read", [:]).status == 204)
            #expect(try await ada.send("GET", "/api/me/notifications?unread=true").json["notifications"] == [])
            #expect(try await root.send("GET", "/api/me/notifications").status == 409)
            let path = "/api/me/notifications/preferences"
            let shown = try await ada.send("GET", path)
            #expect(shown.json["mailing"] == false && shown.json["preferences"]?["key.created"] == ["inbox": true, "mail": false])
            let chosen = try await ada.send("PATCH", path, ["preferences": ["key.created": ["inbox": false]]])
            #expect(chosen.json["preferences"]?["key.created"] == ["inbox": false, "mail": false], "\(chosen.text)")
            let rest = try await ada.send("GET", "/api/me/notifications").json["notifications"]?.array ?? []
            #expect(rest.allSatisfy { $0["kind"] != "key.created" })
            #expect(try await ada.send("PATCH", path, ["preferences": ["no.such": ["inbox": false]]]).status == 422)
            #expect(try await eve.send("PATCH", path, ["preferences": ["key.created": ["mail": true]]]).status == 404)
        }
    }

    @Test func `keys that expire soon are told of once`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            _ = try await host.send(
                .keyCreate(KeyRequest(name: "soon", tenant: host.tenant, scopes: ["plugins:call"], days: 3)))
            _ = try await host.send(
                .keyCreate(KeyRequest(name: "later", tenant: host.tenant, scopes: ["plugins:call"], days: 30)))
            let (invitation, text) = try await host.daemon.people.invite(
                "ada@example.com", as: "owner", to: host.tenant, by: .local("test"))
            let ada = try await host.daemon.people.accept(
                text.text, name: "Ada", password: "seven quiet herons wade", from: Visitor(address: "192.0.2.1", agent: "test"))
            #expect(ada.email == invitation.email)
            for _ in 0..<2 { await host.daemon.tellExpiringKeys() }
            let entries = try await host.daemon.notifications.inbox(of: ada.id, in: host.tenant).entries
            let expiring = entries.filter { $0.kind == .keyExpiring }
            #expect(expiring.count == 1 && expiring.first?.text.contains("soon") == true)
        }
    }
}

/// `Tests/material/webhook_receiver.py`: keeps what it was sent, if the signature is right.
final class WebhookReceiver: Sendable {
    let port: Int
    private let folder: String

    private init(port: Int, folder: String) {
        self.port = port
        self.folder = folder
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }

    /// For a daemon that may reach it.
    var settings: NotificationSettings {
        var settings = NotificationSettings()
        settings.allowed = PrivateGrants([try? PrivateGrants.Entry("127.0.0.1:\(port)")].compactMap { $0 })
        return settings
    }

    func learn(_ secret: String) throws { try FileCopy.write(secret, to: folder + "/secret") }

    /// The bodies whose signature was right.
    var verified: [JSONValue] {
        let lines = (try? DaemonFixture.contents(folder + "/verified")) ?? []
        return lines.split(separator: 0x0A).compactMap { try? JSONValue.parse(Array($0)) }
    }

    static func with(_ body: @escaping @Sendable (WebhookReceiver, String) async throws -> Void) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let process = Process()
            let (input, output) = (Foundation.Pipe(), Foundation.Pipe())
            process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
            process.arguments = [Built.root + "/Tests/material/webhook_receiver.py", folder]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            defer { process.terminate() }
            let line = try await aside { output.fileHandleForReading.availableData }
            guard let port = Int(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw Problem(.internalFault, "the receiver of the tests did not start")
            }
            try await body(WebhookReceiver(port: port, folder: folder), folder)
        }
    }
}
