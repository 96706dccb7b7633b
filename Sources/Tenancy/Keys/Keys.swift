import GRDB
import Glibc
package import Model
package import Store
import Synchronization

/// The API keys of the daemon, kept in the registry and, to be looked up at every request, in memory.
package final class Keys: Sendable {
    private struct State {
        var records: [KeyID: KeyRecord] = [:]
        var digests: [String: KeyID] = [:]
        /// Keys whose last use is not on disk yet.
        var used: Set<KeyID> = []

        mutating func remove(_ id: KeyID) {
            records[id] = nil
            used.remove(id)
            digests = digests.filter { $0.value != id }
        }
    }

    private let store: Store
    private let state: Mutex<State>

    package init(_ store: Store) async throws(Problem) {
        self.store = store
        let rows = try await store.readRegistry { database in
            try Row.fetchAll(database, sql: "SELECT * FROM apiKey").map { (record: try KeyRecord($0), digest: $0["digest"] as String) }
        }
        var state = State()
        for (record, digest) in rows {
            state.records[record.id] = record
            state.digests[digest] = record.id
        }
        self.state = Mutex(state)
    }

    /// Makes a key for whoever may hand on what it opens. The text is given back here and never again.
    package func create(
        _ wish: KeyWish, by principal: Principal
    ) async throws(Problem) -> (record: KeyRecord, text: KeyText) {
        try principal.checkDelegation(of: wish.scopes, to: wish.tenant)
        if let tenant = wish.tenant { _ = try await store.tenant(tenant) }
        let text = KeyText.random(for: wish.environment)
        let now = Moment.now
        let record = KeyRecord(
            id: .random(), name: wish.name, tenant: wish.tenant, scopes: wish.scopes, start: text.start, created: now,
            createdBy: principal.description, expires: wish.days.map { now + Int64($0) * 86_400_000 })
        // Known here before it is on disk: so it is there for `forget` when its tenant is removed meanwhile. Nobody has it yet.
        state.withLock { state in
            state.records[record.id] = record
            state.digests[text.digest] = record.id
        }
        do throws(Problem) {
            try await store.writeRegistry { try record.insert(digest: text.digest, into: $0) }
        } catch {
            state.withLock { $0.remove(record.id) }
            throw error
        }
        return (record, text)
    }

    /// The oldest first; those of one tenant where one is named.
    package func list(tenant: TenantID?) -> [KeyRecord] {
        state.withLock { Array($0.records.values) }
            .filter { tenant == nil || $0.tenant == tenant }
            .sorted { ($0.created, $0.id) < ($1.created, $1.id) }
    }

    /// The same, as many as `limit`; those behind `cursor`, which is `next` of the page before. Throws `invalidInput` for any
    /// other text. They are in memory anyway; what is told of them is made for those of the page alone.
    package func page(
        tenant: TenantID?, after cursor: String? = nil, limit: Int?
    ) throws(Problem) -> KeysetPage<KeyRecord> {
        let known = list(tenant: tenant)
        guard let cursor else { return KeysetPage(known, limit: limit, key: Self.place) }
        let parts = cursor.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let created = Int64(parts[0]), let id = KeyID(rawValue: String(parts[1])) else { throw .notACursor }
        return KeysetPage(known.filter { ($0.created, $0.id) > (created, id) }, limit: limit, key: Self.place)
    }

    private static func place(_ key: KeyRecord) -> String { "\(key.created).\(key.id)" }

    /// A principal that is bound to a tenant finds only its tenant's.
    package func find(_ id: KeyID, for principal: Principal) throws(Problem) -> KeyRecord {
        let known = list(tenant: principal.tenant)
        guard let record = known.first(where: { $0.id == id }) else {
            throw Problem(
                .notFound, "key not found: \(id)",
                hint: known.map(\.id.rawValue).nearest(to: id.rawValue).map { "did you mean \($0)?" })
        }
        return record
    }

    /// The key no longer opens anything when this returns. A principal that is bound to a tenant finds only its tenant's.
    package func revoke(_ id: KeyID, by principal: Principal) async throws(Problem) -> KeyRecord {
        let record = try find(id, for: principal)
        // First here: one that a full disk keeps from being forgotten is still not let in until the next start.
        state.withLock { $0.remove(id) }
        try await store.writeRegistry { database in
            try database.execute(sql: "DELETE FROM apiKey WHERE id = ?", arguments: [id.rawValue])
        }
        return record
    }

    /// Forgets the keys that a person made and that open more than that; the registry has dropped them already.
    package func drop(madeBy person: Person, beyond scopes: Set<Scope>) {
        let maker = person.principal.description
        for key in list(tenant: person.tenant) where key.createdBy == maker && !key.scopes.isSubset(of: scopes) {
            state.withLock { $0.remove(key.id) }
        }
    }

    /// Who presents this key; nil for one that is unknown, revoked or expired, without saying which.
    package func authenticate(_ text: String) -> Principal? {
        guard let key = KeyText(text) else { return nil }
        let (digest, now) = (key.digest, Moment.now)
        return state.withLock { state in
            guard let id = state.digests[digest], var record = state.records[id], record.expires.map({ now < $0 }) ?? true
            else { return nil }
            if now - (record.lastUsed ?? 0) >= 60_000 {
                record.lastUsed = now
                state.records[id] = record
                state.used.insert(id)
            }
            return record.principal
        }
    }

    /// Forgets the keys of a tenant that is being removed; the registry drops them with it. To be called when it is gone,
    /// too: until then a key can still be made for it.
    package func forget(_ tenant: TenantID) {
        state.withLock { state in
            for record in state.records.values where record.tenant == tenant { state.remove(record.id) }
        }
    }

    /// Writes down when keys were last used.
    package func flush() async throws(Problem) {
        let uses = state.withLock { state in
            defer { state.used = [] }
            return state.used.compactMap { id in state.records[id].map { (id.rawValue, $0.lastUsed) } }
        }
        guard !uses.isEmpty else { return }
        try await store.writeRegistry { database in
            for (id, time) in uses {
                try database.execute(sql: "UPDATE apiKey SET lastUsed = ? WHERE id = ?", arguments: [time, id])
            }
        }
    }
}
