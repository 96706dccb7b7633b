import GRDB
package import Model
package import Store

/// What tenants are told: each notice lies in the inbox of the people who may know of it, and goes to the webhooks that
/// want it, and by mail to the people who want that.
///
/// One transaction writes it all. What is to be sent is sent by the `Courier`, which is told where something waits.
package struct Notifications: Sendable {
    let store: Store
    let sealing: any Sealing
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int64
    /// Whether the host sends mails.
    package let isMailing: Bool
    /// Told where something waits to be sent.
    let waiting: @Sendable (TenantID) async -> Void

    package init(
        _ store: Store, sealing: any Sealing, isMailing: Bool, now: @escaping @Sendable () -> Int64 = { Moment.now },
        waiting: @escaping @Sendable (TenantID) async -> Void
    ) {
        self.store = store
        self.sealing = sealing
        self.isMailing = isMailing
        self.now = now
        self.waiting = waiting
    }

    /// Tells a tenant of something. When this returns it is on disk, and goes out even if the daemon is killed.
    package func notify(_ tenant: TenantID, _ notice: Notice) async throws(Problem) {
        let (now, isMailing) = (now(), isMailing)
        try await store.tenant(tenant).write { try Self.record(notice, of: tenant, at: now, isMailing: isMailing, $0) }
        await waiting(tenant)
    }

    static func record(
        _ notice: Notice, of tenant: TenantID, at now: Int64, isMailing: Bool, _ database: Database
    ) throws {
        switch try NoticeBoard.post(notice, at: now, database) {
        case .known: return
        case .again: break
        case .new: if isMailing { try Letters.send(notice, of: tenant, at: now, database) }
        }
        try Deliveries.send(notice, of: tenant, at: now, database)
    }

    /// Tells one person of something about the own account: in the person's inbox, which nobody else sees, and by mail to these
    /// addresses, whatever the person chose. No webhook has it. When this returns it is on disk, and goes out even if the daemon is
    /// killed.
    package func tell(
        _ person: PersonID, of event: AccountEvent, in tenant: TenantID, at addresses: [EmailAddress]
    ) async throws(Problem) {
        let (now, isMailing) = (now(), isMailing)
        let notice = Notice(event.kind, about: person.rawValue, event.text)
        try await store.tenant(tenant).write { database in
            // Who is gone has no inbox, and is told by mail all the same.
            if try Person.isThere(person, database) { try NoticeBoard.post(notice, to: person, at: now, database) }
            if isMailing { try Letters.send(notice, to: addresses, at: now, database) }
        }
        await waiting(tenant)
    }

    /// What a person is told of, the newest first. `cursor` is the `next` of the page before.
    package func inbox(
        of person: PersonID, in tenant: TenantID, before cursor: Int64? = nil, limit: Int = 50, onlyUnread: Bool = false
    ) async throws(Problem) -> InboxPage {
        try await store.tenant(tenant).read { database in
            let choices = try NoticeChoice.all(of: person, database)
            let kinds = try Self.kinds(for: person, in: tenant, database).filter { $0.scope == nil || choices[$0]?.inbox == true }
            return try NoticeBoard.page(of: person, kinds, before: cursor, limit: limit, onlyUnread: onlyUnread, database)
        }
    }

    /// Marks a notice as read by a person; all that there are, where none is named.
    package func markRead(_ notice: NoticeID?, by person: PersonID, in tenant: TenantID) async throws(Problem) {
        try await store.tenant(tenant).write { database in
            let kinds = try Self.kinds(for: person, in: tenant, database)
            try NoticeBoard.markRead(notice, by: person, kinds, database)
        }
    }

    /// By which ways a person is told of each kind that the person may know of.
    package func choices(of person: PersonID, in tenant: TenantID) async throws(Problem) -> [NoticeKind: NoticeChoice] {
        try await store.tenant(tenant).read { database in
            let kinds = try Self.kinds(for: person, in: tenant, database)
            return try NoticeChoice.all(of: person, database).filter { kinds.contains($0.key) }
        }
    }

    /// Changes what is named. Throws `notFound` for a kind that the person may not know of, and `conflict` for one that is about
    /// the own account.
    package func choose(
        _ changes: [NoticeKind: (inbox: Bool?, mail: Bool?)], of person: PersonID, in tenant: TenantID
    ) async throws(Problem) -> [NoticeKind: NoticeChoice] {
        try await store.tenant(tenant).write { database in
            let kinds = try Self.kinds(for: person, in: tenant, database)
            let choices = try NoticeChoice.all(of: person, database)
            for (kind, change) in changes {
                guard kind.scope != nil else {
                    throw Problem(.conflict, "/preferences/\(kind.rawValue): people are always told what is done with their accounts")
                }
                guard kinds.contains(kind), var choice = choices[kind] else {
                    throw Problem(.notFound, "/preferences/\(kind.rawValue): the role of \(person) is not told of this")
                }
                choice.inbox = change.inbox ?? choice.inbox
                choice.mail = change.mail ?? choice.mail
                try choice.save(kind, of: person, database)
            }
            return try NoticeChoice.all(of: person, database).filter { kinds.contains($0.key) }
        }
    }

    private static func kinds(for person: PersonID, in tenant: TenantID, _ database: Database) throws -> [NoticeKind] {
        let scopes = try Person.find(person, in: tenant, database).role.scopes
        return NoticeKind.allCases.filter { $0.scope.map(scopes.contains) ?? true }
    }
}
