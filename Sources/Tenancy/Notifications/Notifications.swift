import GRDB
package import Model
package import Store

/// What tenants are told: each notice lies in the inbox of the people who may know of it, and goes to the webhooks that
/// want it.
///
/// One transaction writes both. What is to be sent is sent by the `Courier`, which is told where something waits.
package struct Notifications: Sendable {
    let store: Store
    let sealing: any Sealing
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int64
    /// Told where something waits to be sent.
    let waiting: @Sendable (TenantID) async -> Void

    package init(
        _ store: Store, sealing: any Sealing, now: @escaping @Sendable () -> Int64 = { Moment.now },
        waiting: @escaping @Sendable (TenantID) async -> Void
    ) {
        self.store = store
        self.sealing = sealing
        self.now = now
        self.waiting = waiting
    }

    /// Tells a tenant of something. When this returns it is on disk, and goes out even if the daemon is killed.
    package func notify(_ tenant: TenantID, _ notice: Notice) async throws(Problem) {
        let now = now()
        try await store.tenant(tenant).write { try Self.record(notice, of: tenant, at: now, $0) }
        await waiting(tenant)
    }

    static func record(_ notice: Notice, of tenant: TenantID, at now: Int64, _ database: Database) throws {
        if case .known = try NoticeBoard.post(notice, at: now, database) { return }
        try Deliveries.send(notice, of: tenant, at: now, database)
    }

    /// What a person is told of, the newest first. `cursor` is the `next` of the page before.
    package func inbox(
        of person: PersonID, in tenant: TenantID, before cursor: Int64? = nil, limit: Int = 50, onlyUnread: Bool = false
    ) async throws(Problem) -> InboxPage {
        try await store.tenant(tenant).read { database in
            let kinds = try Self.kinds(for: person, in: tenant, database)
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

    private static func kinds(for person: PersonID, in tenant: TenantID, _ database: Database) throws -> [NoticeKind] {
        let scopes = try Person.find(person, in: tenant, database).role.scopes
        return NoticeKind.allCases.filter { scopes.contains($0.scope) }
    }
}
