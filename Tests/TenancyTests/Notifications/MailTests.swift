import FoundationEssentials
import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

@Suite(.timeLimit(.minutes(2))) struct MailTests {
    private let acme = NotificationFixture.acme

    @Test func `what cannot wait is mailed to who may know of it, in the name of the product`() async throws {
        try await NotificationFixture.with { fixture in
            _ = try await fixture.person(.owner)
            _ = try await fixture.person(.member, "eve@example.com")
            var branding = Branding()
            branding.productName = "Akten & Grüße"
            branding.supportAddress = "help@acme.example"
            try await Brandings(fixture.store).set(branding, of: acme)
            try await fixture.notify(.pluginFailed)
            try await fixture.notify(.keyCreated, about: "key-1")
            try await fixture.send()
            let mail = try #require(fixture.receiver.mails.first)
            #expect(fixture.receiver.mails.map(\.recipient.text) == ["ada@example.com"])
            #expect(mail.senderName == "Akten & Grüße" && mail.subject == "Akten & Grüße: a plugin has failed")
            #expect(mail.text.contains("does not run any more") && mail.text.contains("help@acme.example"))
            // The same again soon is no second mail.
            try await fixture.notify(.pluginFailed)
            try await fixture.send()
            #expect(fixture.receiver.mails.count == 1)
        }
    }

    @Test func `people choose for themselves, of what they may know of`() async throws {
        try await NotificationFixture.with { fixture in
            let owner = try await fixture.person(.owner)
            let member = try await fixture.person(.member, "eve@example.com")
            let notifications = fixture.notifications
            #expect(try await notifications.choices(of: owner, in: acme).count == NoticeKind.ofTenants.count)
            #expect(Set(try await notifications.choices(of: member, in: acme).keys) == [.workflowApproval, .workflowFailed])
            let chosen = try await notifications.choose(
                [.pluginFailed: (inbox: false, mail: false), .keyCreated: (inbox: nil, mail: true)], of: owner, in: acme)
            #expect(chosen[.pluginFailed] == NoticeChoice(inbox: false, mail: false))
            #expect(chosen[.keyCreated] == NoticeChoice(inbox: true, mail: true))
            #expect(chosen[.keyExpiring] == NoticeChoice(inbox: true, mail: true))
            let refused = await problem {
                _ = try await notifications.choose([.keyCreated: (inbox: true, mail: true)], of: member, in: acme)
            }
            #expect(refused?.code == .notFound)
            try await fixture.notify(.pluginFailed)
            try await fixture.notify(.keyCreated, about: "key-1")
            try await fixture.send()
            #expect(try await notifications.inbox(of: owner, in: acme).entries.map(\.kind) == [.keyCreated])
            #expect(fixture.receiver.mails.map(\.subject) == ["Cloister: a new API key"])
        }
    }

    @Test func `a mail that is not taken is tried again, for a day`() async throws {
        try await NotificationFixture.with { fixture in
            _ = try await fixture.person(.owner)
            fixture.receiver.takeMails(false)
            try await fixture.notify()
            try await fixture.send()
            fixture.clock.advance(seconds: 5)
            fixture.receiver.takeMails(true)
            try await fixture.send()
            #expect(fixture.receiver.mails.count == 2)
            fixture.receiver.takeMails(false)
            try await fixture.notify(about: "other")
            try await fixture.send()
            fixture.clock.advance(seconds: 86_400)
            fixture.receiver.takeMails(true)
            try await fixture.send()
            #expect(fixture.receiver.mails.count == 3)
            let left = try await fixture.store.tenant(acme).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM letter") }
            #expect(left == 0)
        }
    }

    @Test func `no more mails wait than have room, and nothing else is lost by it`() async throws {
        try await NotificationFixture.with { fixture in
            let owner = try await fixture.person(.owner)
            let now = fixture.clock.now
            let waiting = try await fixture.store.tenant(acme).write { database in
                for index in 0..<(Letters.mostWaiting + 3) {
                    try Notifications.record(
                        Notice(.pluginFailed, about: "p\(index)", "x"), of: NotificationFixture.acme, at: now, isMailing: true, database)
                }
                return try Int.fetchOne(database, sql: "SELECT count(*) FROM letter")
            }
            #expect(waiting == Letters.mostWaiting)
            #expect(try await fixture.notifications.inbox(of: owner, in: acme).unread == NoticeBoard.mostNotices)
        }
    }

    @Test func `nothing that somebody wrote stands in a header as it is`() throws {
        let address = try EmailAddress("ada@example.com")
        let message = MailMessage(
            sender: address, senderName: "A\r\nBcc: evil@example.com", recipient: address,
            subject: String(repeating: "größer als ", count: 20) + "\nX: y",
            text: ".\nBcc: evil@example.com\n" + String(repeating: "ü", count: 500), time: 1_795_640_000_123, name: "notice-1")
        let text = String(decoding: message.bytes, as: UTF8.self)
        #expect(text.utf8.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) })
        let blank = try #require(text.firstRange(of: "\n\n"))
        let (head, body) = (text[..<blank.lowerBound], text[blank.upperBound...])
        #expect(!head.contains("Bcc") && !body.contains("Bcc"))
        #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 100 })
        #expect(head.contains("\nDate: Wed, 25 Nov 2026 20:53:20 +0000\n"))
        let decoded = Data(base64Encoded: String(body.filter { $0 != "\n" })).map { String(decoding: $0, as: UTF8.self) }
        #expect(decoded == message.text)
    }
}
