import Foundation
import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

/// Messages of workflows to the tenant's people.
@Suite(.timeLimit(.minutes(2))) struct PeopleMessageTests {
    private let acme = NotificationFixture.acme

    private func send(_ fixture: NotificationFixture, to recipients: [String], key: String = "k", title: String = "Paid") async throws -> [String] {
        try await fixture.notifications.send(PeopleMessage(to: recipients, title: title, text: "It is paid.\nAll of it.", key: key), of: acme)
    }

    @Test func `a message goes to persons and roles, each person once`() async throws {
        try await NotificationFixture.with { fixture in
            _ = try await fixture.person(.owner)
            _ = try await fixture.person(.admin, "bob@example.com")
            _ = try await fixture.person(.admin, "cid@example.com")
            _ = try await fixture.person(.member, "eve@example.com")
            #expect(try await send(fixture, to: ["admin", "bob@example.com", "ada@example.com"]) == ["ada@example.com", "bob@example.com", "cid@example.com"])
            try await fixture.send()
            #expect(Set(fixture.receiver.mails.map(\.recipient.text)) == ["ada@example.com", "bob@example.com", "cid@example.com"])
            let mail = try #require(fixture.receiver.mails.first)
            #expect(mail.subject == "Cloister: Paid" && mail.text.hasPrefix("It is paid.\nAll of it.\n\n-- \n"))
            #expect(!mail.text.contains("settings for"))
        }
    }

    @Test func `with the same key it is sent once, also when the mail has gone`() async throws {
        try await NotificationFixture.with { fixture in
            _ = try await fixture.person(.owner)
            #expect(try await send(fixture, to: ["owner"]) == ["ada@example.com"])
            try await fixture.send()
            #expect(try await send(fixture, to: ["owner"]) == ["ada@example.com"])
            try await fixture.send()
            #expect(fixture.receiver.mails.count == 1)
            _ = try await send(fixture, to: ["owner"], key: "other")
            try await fixture.send()
            #expect(fixture.receiver.mails.count == 2)
        }
    }

    @Test func `nobody else is written to`() async throws {
        try await NotificationFixture.with { fixture in
            _ = try await fixture.person(.owner)
            for stranger in ["eve@elsewhere.example", "admin", "platform-owner", "everybody", "ada@example.com\nBcc: x@y.example"] {
                let refused = await problem { try await send(fixture, to: [stranger, "owner"].filter { stranger != "admin" || $0 == "admin" }) }
                #expect(refused != nil, "\(stranger)")
            }
            let left = try await fixture.store.tenant(acme).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM letter") }
            #expect(left == 0)
        }
    }

    @Test func `a subject is one line, and nothing in it is a header`() async throws {
        try await NotificationFixture.with { fixture in
            _ = try await fixture.person(.owner)
            _ = try await send(fixture, to: ["owner"], title: "Paid\r\nBcc: eve@elsewhere.example" + String(repeating: "x", count: 300))
            try await fixture.send()
            let mail = try #require(fixture.receiver.mails.first)
            #expect(mail.subject.hasPrefix("Cloister: Paid  Bcc: eve@") && mail.subject.utf8.count <= 210)
            let head = String(decoding: mail.bytes, as: UTF8.self).components(separatedBy: "\n\n")[0]
            #expect(!head.contains("Bcc:"))
        }
    }

    @Test func `so many within a day and no more`() async throws {
        try await NotificationFixture.with { fixture in
            _ = try await fixture.person(.owner)
            try await fixture.store.tenant(acme).write { [now = fixture.clock.now] database in
                try database.execute(
                    sql: "INSERT INTO message (key, recipients, count, created) VALUES ('earlier', '[]', ?, ?)",
                    arguments: [Notifications.mostMessagesADay, now])
            }
            let refused = await problem { try await send(fixture, to: ["owner"]) }
            #expect(refused?.code == .quotaExceeded)
            fixture.clock.advance(seconds: 86_401)
            #expect(try await send(fixture, to: ["owner"]).count == 1)
            fixture.clock.advance(seconds: 31 * 86_400)
            _ = try await send(fixture, to: ["owner"], key: "late")
            let known = try await fixture.store.tenant(acme).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM message") }
            #expect(known == 1)
        }
    }

    @Test func `a message without words, or with too many, is none`() async throws {
        for (title, text) in [("", "x"), ("x", ""), ("x", String(repeating: "x", count: 16_385))] {
            let refused = await problem { try PeopleMessage(to: ["owner"], title: title, text: text, key: "k") }
            #expect(refused?.code == .invalidInput)
        }
    }
}
