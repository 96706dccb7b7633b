import FoundationEssentials
import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

@Suite(.timeLimit(.minutes(2))) struct DeliveriesTests {
    private let acme = NotificationFixture.acme

    @Test func `a notice goes to the webhooks that want it, signed`() async throws {
        try await NotificationFixture.with { fixture in
            let (webhook, secret) = try await fixture.webhook()
            let (other, _) = try await fixture.webhook("https://other.example/", kinds: [.quotaReached])
            try await fixture.notify()
            try await fixture.send()
            let dispatch = try #require(fixture.receiver.received.first)
            #expect(fixture.receiver.received.count == 1)
            let headers = Dictionary(uniqueKeysWithValues: dispatch.headers.map { ($0.name, $0.value) })
            let id = headers["webhook-id"] ?? ""
            #expect(headers["webhook-timestamp"] == "\(fixture.clock.now / 1000)")
            #expect(headers["webhook-signature"] == secret.signature(of: id, at: fixture.clock.now / 1000, dispatch.body))
            let body = try JSONValue.parse(Array(dispatch.body.utf8))
            #expect(body["type"] == "plugin.failed" && body["data"]?["subject"] == "exif")
            #expect(body["timestamp"] == "2023-11-14T22:13:20Z")
            let delivery = try #require(try await fixture.deliveries(to: webhook).first)
            #expect(delivery.id.rawValue == id && delivery.state == .delivered && delivery.status == 200 && delivery.attempts == 1)
            #expect(try await fixture.deliveries(to: other).isEmpty)
        }
    }

    @Test func `a receiver that is down gets the same message until it is up`() async throws {
        try await NotificationFixture.with { fixture in
            let (webhook, _) = try await fixture.webhook()
            fixture.receiver.answer(.failed("connection refused"))
            try await fixture.notify()
            try await fixture.send()
            let failed = try #require(try await fixture.deliveries(to: webhook).first)
            #expect(failed.state == .pending && failed.due == fixture.clock.now + 5000 && failed.detail == "connection refused")
            #expect(try await fixture.notifications.webhook(webhook.id, of: acme).failingSince == fixture.clock.now)
            fixture.clock.advance(seconds: 5)
            fixture.receiver.answer(.answered(status: 204, retryAfter: nil))
            try await fixture.send()
            #expect(try await fixture.deliveries(to: webhook).first?.state == .delivered)
            #expect(try await fixture.notifications.webhook(webhook.id, of: acme).failingSince == nil)
            let ids = fixture.receiver.received.map { $0.headers.first { $0.name == "webhook-id" }?.value }
            #expect(ids.count == 2 && Set(ids).count == 1)
        }
    }

    @Test func `after ten tries a message is given up, and can be replayed under its own name`() async throws {
        try await NotificationFixture.with { fixture in
            let (webhook, _) = try await fixture.webhook()
            fixture.receiver.answer(.answered(status: 500, retryAfter: nil))
            try await fixture.notify()
            for _ in 0..<10 {
                try await fixture.send()
                fixture.clock.advance(seconds: 86_400)
            }
            // The clock went on a day each time: five days without a success came first.
            let disabled = try await fixture.notifications.webhook(webhook.id, of: acme)
            #expect(!disabled.isEnabled && disabled.reason == "nothing was delivered for 5 days")
            let given = try #require(try await fixture.deliveries(to: webhook).first)
            #expect(given.state == .failed)
            let refused = await problem { _ = try await fixture.notifications.replay(failedSince: 0, to: webhook.id, of: acme) }
            #expect(refused?.code == .conflict)
            _ = try await fixture.notifications.setWebhook(webhook.id, of: acme, kinds: nil, isEnabled: true)
            fixture.receiver.answer(.answered(status: 200, retryAfter: nil))
            #expect(try await fixture.notifications.replay(failedSince: fixture.clock.now, to: webhook.id, of: acme) == 0)
            #expect(try await fixture.notifications.replay(failedSince: given.created, to: webhook.id, of: acme) >= 1)
            try await fixture.send()
            #expect(try await fixture.deliveries(to: webhook).allSatisfy { $0.state == .delivered })
            #expect(fixture.receiver.received.last?.headers.first?.value == given.id.rawValue)
            try await fixture.notifications.replay(given.id, to: webhook.id, of: acme)
            try await fixture.send()
            #expect(try await fixture.deliveries(to: webhook).contains { $0.id == given.id && $0.state == .delivered })
        }
    }

    @Test func `tries on their schedule end after the tenth`() async throws {
        try await NotificationFixture.with { fixture in
            let (webhook, _) = try await fixture.webhook()
            fixture.receiver.answer(.failed("down"))
            try await fixture.notify()
            for pause in [0] + DeliverySchedule.pauses.map({ $0.milliseconds / 1000 }) {
                fixture.clock.advance(seconds: pause)
                try await fixture.send()
            }
            let delivery = try #require(try await fixture.deliveries(to: webhook).first)
            #expect(delivery.state == .failed && delivery.attempts == 10)
            #expect(fixture.receiver.received.count == 10)
            #expect(try await fixture.notifications.webhook(webhook.id, of: acme).isEnabled)
        }
    }

    @Test func `410 disables a webhook, gives up what waits, and people are told`() async throws {
        try await NotificationFixture.with { fixture in
            let owner = try await fixture.person(.owner)
            let (webhook, _) = try await fixture.webhook()
            let (other, _) = try await fixture.webhook("https://other.example/")
            fixture.receiver.answer(.answered(status: 410, retryAfter: nil))
            for subject in ["a", "b", "c"] { try await fixture.notify(about: subject) }
            try await fixture.send()
            let after = try await fixture.notifications.webhook(webhook.id, of: acme)
            #expect(!after.isEnabled && after.reason == "it answered 410 Gone")
            #expect(try await fixture.deliveries(to: webhook).map(\.state) == [.failed, .failed, .failed])
            #expect(fixture.receiver.received.filter { $0.address.text == NotificationFixture.url }.count == 1)
            let inbox = try await fixture.notifications.inbox(of: owner, in: acme)
            #expect(inbox.entries.first?.kind == .webhookDisabled && inbox.entries.first?.subject == webhook.id.rawValue)
            // The other one goes on, and is told as well.
            #expect(try await fixture.deliveries(to: other).map(\.kind).contains("webhook.disabled"))
            try await fixture.notify(about: "d")
            #expect(try await fixture.deliveries(to: webhook).count == 3)
        }
    }

    @Test func `after a rotation messages bear both signatures, for a day`() async throws {
        try await NotificationFixture.with { fixture in
            let (webhook, old) = try await fixture.webhook()
            let (rotated, new) = try await fixture.notifications.rotateSecret(of: webhook.id, in: acme)
            #expect(rotated.earlierSecretUntil == fixture.clock.now + 86_400_000)
            for isOver in [false, true] {
                if isOver { fixture.clock.advance(seconds: 86_400) }
                _ = try await fixture.notifications.testWebhook(webhook.id, of: acme)
                try await fixture.send()
                let dispatch = try #require(fixture.receiver.received.last)
                let (id, time) = (dispatch.headers[0].value, fixture.clock.now / 1000)
                let signatures = ([new] + (isOver ? [] : [old])).map { $0.signature(of: id, at: time, dispatch.body) }
                #expect(dispatch.headers[2].value == signatures.joined(separator: " "))
            }
        }
    }

    @Test func `what was accepted goes out after a restart, and no secret is on disk`() async throws {
        try await NotificationFixture.with { fixture in
            let (webhook, secret) = try await fixture.webhook()
            fixture.receiver.answer(.interrupted)
            try await fixture.notify()
            // A daemon that ends in the middle of a try has made none.
            let courier = fixture.courier
            let running = Task { await courier.run() }
            while fixture.receiver.received.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            running.cancel()
            await running.value
            #expect(try await fixture.deliveries(to: webhook).first?.attempts == 0)
            await fixture.store.rest()
            fixture.receiver.answer(.answered(status: 200, retryAfter: nil))
            try await fixture.send()
            #expect(try await fixture.deliveries(to: webhook).map(\.state) == [.delivered])
            let rows = try await fixture.store.tenant(acme).read { database in
                try Row.fetchAll(database, sql: "SELECT * FROM webhook").map { "\($0)" }
            }
            #expect(!rows.joined().contains(secret.text))
        }
    }

    @Test func `a queue is bounded, and what found no room can be replayed`() async throws {
        try await NotificationFixture.with { fixture in
            let (webhook, _) = try await fixture.webhook()
            let now = fixture.clock.now
            try await fixture.store.tenant(acme).write { database in
                for _ in 0..<(Deliveries.mostPending + 5) { try Deliveries.add("plugin.failed", "{}", to: webhook.id, at: now, database) }
            }
            let failed = try await fixture.notifications.deliveries(to: webhook.id, of: acme, .failed)
            #expect(failed.deliveries.count == 5 && failed.deliveries[0].detail == "1000 messages were waiting already")
            #expect(try await fixture.notifications.replay(failedSince: 0, to: webhook.id, of: acme) == 0)
            for _ in 0..<Webhook.most - 1 { _ = try await fixture.webhook() }
            let tooMany = await problem { _ = try await fixture.webhook() }
            #expect(tooMany?.code == .quotaExceeded)
        }
    }

    @Test func `in a copy webhooks rest with secrets of their own, and from elsewhere none comes`() async throws {
        try await NotificationFixture.with { fixture in
            let (webhook, _) = try await fixture.webhook()
            fixture.receiver.answer(.failed("down"))
            try await fixture.notify()
            let copy = TenantID(unchecked: "copy")
            try await fixture.store.tenant(acme).write { database in
                try Notifications.reseal(database, from: NotificationFixture.acme, to: copy, Reversal())
                let sealed = Array(try Data.fetchOne(database, sql: "SELECT secret FROM webhook") ?? Data())
                _ = try Reversal().open(sealed, for: Webhook.place(of: webhook.id, in: copy))
            }
            let rests = try await fixture.notifications.webhook(webhook.id, of: acme)
            #expect(!rests.isEnabled && rests.reason == "restored from a backup of acme")
            #expect(try await fixture.deliveries(to: webhook).isEmpty)
            try await fixture.store.tenant(acme).write { try Notifications.clear($0) }
            #expect(try await fixture.notifications.webhooks(of: acme).isEmpty)
        }
    }
}
