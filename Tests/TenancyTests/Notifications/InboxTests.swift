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
