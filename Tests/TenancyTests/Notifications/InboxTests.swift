import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct InboxTests {
    private let acme = NotificationFixture.acme

    @Test func `people find what their role may know of, and mark it as read each by themselves`() async throws {
        try await NotificationFixture.with { fixture in
            let (owner, admin) = (try await fixture.person(.owner), try await fixture.person(.admin, "bob@example.com"))
            let member = try await fixture.person(.member, "eve@example.com")
            try await fixture.notify(.pluginFailed)
            try await fixture.notify(.keyCreated, about: "key-1")
            let notifications = fixture.notifications
            let page = try await notifications.inbox(of: owner, in: acme)
            #expect(page.entries.map(\.kind) == [.keyCreated, .pluginFailed])
            #expect(page.unread == 2)
            #expect(try await notifications.inbox(of: member, in: acme).entries.isEmpty)
            try await notifications.markRead(page.entries[0].id, by: owner, in: acme)
            try await notifications.markRead(page.entries[0].id, by: owner, in: acme)
            #expect(try await notifications.inbox(of: owner, in: acme).unread == 1)
            #expect(try await notifications.inbox(of: owner, in: acme, onlyUnread: true).entries.map(\.kind) == [.pluginFailed])
            #expect(try await notifications.inbox(of: admin, in: acme).unread == 2)
            try await notifications.markRead(nil, by: owner, in: acme)
            let read = try await notifications.inbox(of: owner, in: acme)
            #expect(read.unread == 0 && read.entries.allSatisfy(\.isRead))
            // What one may not see is not there to be marked.
            let hidden = await problem { try await notifications.markRead(page.entries[0].id, by: member, in: acme) }
            #expect(hidden?.code == .notFound)
            let stranger = await problem { _ = try await notifications.inbox(of: owner, in: PeopleFixture.globex) }
            #expect(stranger?.code == .notFound)
        }
    }

    @Test func `what is done with an account its person is told, nobody else, and whatever the person chose`() async throws {
        try await NotificationFixture.with { fixture in
            let (owner, member) = (try await fixture.person(.owner), try await fixture.person(.member, "eve@example.com"))
            let (notifications, eve) = (fixture.notifications, try EmailAddress("eve@example.com"))
            _ = try await fixture.webhook()
            let refused = await problem { _ = try await notifications.choose([.passwordChanged: (inbox: false, mail: false)], of: member, in: acme) }
            #expect(refused?.code == .conflict)
            let choices = try await notifications.choices(of: owner, in: acme)
            #expect(choices[.passwordChanged] == nil && choices[.pluginFailed] != nil)
            for event in [AccountEvent.passwordChanged, .passwordChanged, .keyCreated(name: "ci", start: "cloister_live_ab")] {
                try await notifications.tell(member, of: event, in: acme, at: [eve])
            }
            let former = try EmailAddress("old@example.com")
            try await notifications.tell(member, of: .emailChanged, in: acme, at: [eve, former])
            let page = try await notifications.inbox(of: member, in: acme)
            // The same soon after is told anew.
            #expect(page.entries.map(\.kind) == [.emailChanged, .ownKeyCreated, .passwordChanged, .passwordChanged] && page.unread == 4)
            #expect(page.entries.allSatisfy { $0.count == 1 && $0.subject == member.rawValue })
            #expect(try await notifications.inbox(of: owner, in: acme).entries.isEmpty)
            let foreign = await problem { try await notifications.markRead(page.entries[0].id, by: owner, in: acme) }
            #expect(foreign?.code == .notFound)
            try await notifications.markRead(page.entries[0].id, by: member, in: acme)
            #expect(try await notifications.inbox(of: member, in: acme).unread == 3)
            try await fixture.send()
            let mails = fixture.receiver.mails
            #expect(mails.map(\.recipient.text).sorted() == Array(repeating: "eve@example.com", count: 4) + ["old@example.com"])
            #expect(mails.allSatisfy { $0.text.contains("such mails cannot be turned off") && !$0.text.contains("old@") && !$0.text.contains("eve@") })
            #expect(mails.first?.subject == "Cloister: your password was changed")
            #expect(fixture.receiver.received.isEmpty)
            // What a tenant is told of drives none of it out.
            for number in 0...NoticeBoard.mostNotices { try await fixture.notify(.pluginFailed, about: "p\(number)") }
            #expect(try await notifications.inbox(of: member, in: acme).entries.count == 4)
            let unknown = await problem { _ = try Set<NoticeKind>(named: ["account.password-changed"]) }
            #expect(unknown?.code == .invalidInput)
        }
    }

    @Test func `the same soon after is counted, and is news again`() async throws {
        try await NotificationFixture.with { fixture in
            let owner = try await fixture.person(.owner)
            let notifications = fixture.notifications
            try await fixture.notify()
            try await notifications.markRead(nil, by: owner, in: acme)
            try await fixture.notify(about: "other")
            fixture.clock.advance(seconds: 600)
            try await fixture.notify()
            var page = try await notifications.inbox(of: owner, in: acme)
            #expect(page.entries.map(\.subject) == ["exif", "other"])
            #expect(page.entries.first?.count == 2 && page.entries.first?.isRead == false)
            #expect(page.entries.first.map { $0.last - $0.first } == 600_000)
            fixture.clock.advance(seconds: 3601)
            try await fixture.notify()
            page = try await notifications.inbox(of: owner, in: acme)
            #expect(page.entries.map(\.count) == [1, 2, 1])
            // That a key expires is said once.
            for _ in 0..<2 {
                try await fixture.notify(.keyExpiring, about: "key-1")
                fixture.clock.advance(seconds: 86_400)
            }
            #expect(try await notifications.inbox(of: owner, in: acme).entries.map(\.count) == [1, 1, 2, 1])
        }
    }

    @Test func `an inbox keeps the latest, and pages say how to go on`() async throws {
        try await NotificationFixture.with { fixture in
            let owner = try await fixture.person(.owner)
            let now = fixture.clock.now
            try await fixture.store.tenant(acme).write { database in
                for index in 0..<(NoticeBoard.mostNotices + 20) {
                    _ = try NoticeBoard.post(Notice(.pluginFailed, about: "p\(index)", "x"), at: now, database)
                }
            }
            var (seen, cursor): ([String], Int64?) = ([], nil)
            repeat {
                let page = try await fixture.notifications.inbox(of: owner, in: acme, before: cursor, limit: 100)
                seen += page.entries.map(\.subject)
                cursor = page.next
            } while cursor != nil
            #expect(seen.count == NoticeBoard.mostNotices && Set(seen).count == seen.count)
            #expect(seen.first == "p1019" && seen.last == "p20")
            fixture.clock.advance(seconds: 91 * 86_400)
            try await fixture.notify()
            #expect(try await fixture.notifications.inbox(of: owner, in: acme).entries.count == 1)
        }
    }

    @Test func `a notice is a line of bounded length`() {
        let notice = Notice(.pluginFailed, about: String(repeating: "x", count: 1000), "a\u{1b}[31m\nb" + String(repeating: "y", count: 5000))
        #expect(notice.subject.count == 128 && notice.text.count == 600)
        #expect(notice.text.hasPrefix("a [31m b"))
    }
}
