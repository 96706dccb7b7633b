package import Model
package import Store
import Synchronization

/// What every plugin that is loaded may do: asked before each action, counted at each answer, changed at once for all who
/// ask.
///
/// A plugin that nothing was granted, or that is not loaded, may do nothing, and none may do what the manifest of the version
/// that runs does not ask for, whatever was granted to one before. Counts are kept in memory and written in
/// batches; a crash may lose those of the last seconds.
package final class Grants: Sendable {
    struct Key: Hashable {
        let tenant: TenantID
        let plugin: PluginID
    }

    fileprivate struct Entry {
        var grant: Grant
        var counter = GrantCounter()
        /// What the manifest of the version in force asks for; nil until one is.
        var inForce: [Permission]?
    }

    fileprivate enum Verdict {
        case allowed
        case refused(isRequested: Bool)
        case refusedAloud(isRequested: Bool, untoldBefore: Int)
    }

    /// What others do about grants. In a type of its own, because a function that is itself what a Mutex holds is wrapped
    /// once more each time it is read.
    private struct Surroundings: Sendable {
        var changed: (@Sendable (TenantID, Grant) -> Void)?
        var withheld: (@Sendable (Resource, TenantID) throws(Problem) -> Void)?
    }

    static let flushInterval = Duration.seconds(10)

    private let store: Store
    private let audit: @Sendable (GrantRefusal) -> Void
    private let entries = Mutex<[Key: Entry]>([:])
    private let surroundings = Mutex(Surroundings())
    /// What is read from a tenant's database or written there counts in that order: who read a grant before another
    /// revoked it must not bring it back.
    private let queues = Mutex<[TenantID: SerialWork]>([:])

    /// `audit` writes the audit entry of a refusal.
    package init(store: Store, audit: @escaping @Sendable (GrantRefusal) -> Void) {
        self.store = store
        self.audit = audit
    }

    /// Calls `changed` for every grant that is not as it was, from now on.
    package func observe(_ changed: @escaping @Sendable (TenantID, Grant) -> Void) {
        surroundings.withLock { $0.changed = changed }
    }

    /// Withholds from every plugin of a tenant what `check` refuses, whatever was granted, from now on. A grant of it is
    /// good again once it is no longer refused.
    package func withhold(_ check: @escaping @Sendable (Resource, TenantID) throws(Problem) -> Void) {
        surroundings.withLock { $0.withheld = check }
    }

    private func isWithheld(_ resource: Resource, from tenant: TenantID) -> Bool {
        guard let check = surroundings.withLock({ $0.withheld }) else { return false }
        return (try? check(resource, tenant)) == nil
    }

    /// From now on the plugin may do what the manifest asks for, as far as it was granted.
    func putInForce(_ manifest: Manifest, for tenant: TenantID) {
        let asked = manifest.requests.map(\.permission)
        entries.withLock { $0[Key(tenant: tenant, plugin: manifest.id)]?.inForce = asked }
    }

    /// What a loaded plugin may do now: what was granted of what its manifest asks for. `asked` is what the manifest of the
    /// child's version asks for; nil stands for the version in force.
    package func permissions(
        of plugin: PluginID, for tenant: TenantID, asking asked: [Permission]? = nil
    ) -> [Permission] {
        let entry = entries.withLock { $0[Key(tenant: tenant, plugin: plugin)] }
        guard let entry else { return [] }
        return entry.grant.permissions.limited(to: entry.limit(asked))
            .filter { !isWithheld($0.resource, from: tenant) }
    }

    /// Whether the action is allowed, without counting it as a use.
    package func allows(
        _ resource: Resource, _ action: String, on subject: PermissionSubject, for plugin: PluginID, of tenant: TenantID
    ) -> Bool {
        guard !isWithheld(resource, from: tenant) else { return false }
        return entries.withLock {
            $0[Key(tenant: tenant, plugin: plugin)]?.allows(resource, action, subject, asking: nil) ?? false
        }
    }

    /// Whether the action is allowed, counted as a use where it is. For what the host itself offers a plugin.
    package func admit(
        _ resource: Resource, _ action: String, on subject: PermissionSubject, for plugin: PluginID, of tenant: TenantID
    ) -> Bool {
        guard !isWithheld(resource, from: tenant) else { return false }
        let now = Moment.now
        return entries.withLock { $0[Key(tenant: tenant, plugin: plugin)]?.admit(resource, action, subject, at: now) ?? false }
    }

    /// Lets the action pass, or throws `permissionDenied` that names resource, action and the manifest's entry for it.
    /// Counted either way. `asked` is what the manifest of the version that acts asks for; nil stands for the one in force.
    package func authorize(
        _ resource: Resource, _ action: String, on subject: PermissionSubject, for plugin: PluginID, of tenant: TenantID,
        asking asked: [Permission]? = nil
    ) throws(Problem) {
        if let check = surroundings.withLock({ $0.withheld }) { try check(resource, tenant) }
        let key = Key(tenant: tenant, plugin: plugin)
        let now = Moment.now
        let verdict = entries.withLock { $0[key]?.decide(resource, action, subject, asking: asked, at: now) }
        func refusal(_ isRequested: Bool, _ untold: Int) -> GrantRefusal {
            GrantRefusal(
                tenant: tenant, plugin: plugin, resource: resource, action: action, subject: subject.description,
                untoldBefore: untold, isRequested: isRequested)
        }
        switch verdict {
        case .allowed: return
        case .refused(let isRequested): throw refusal(isRequested, 0).problem
        case .refusedAloud(let isRequested, let untold):
            audit(refusal(isRequested, untold))
            throw refusal(isRequested, untold).problem
        case nil: throw refusal(false, 0).problem
        }
    }

    /// Reads what the tenant granted the plugin, so that it counts from now on. Nil where nobody has consented.
    @discardableResult
    package func load(_ plugin: PluginID, in tenant: TenantStore) async throws(Problem) -> Grant? {
        try await serially(tenant.id) { [self] () throws(Problem) in
            let grant = try await Grant.find(plugin, in: tenant)
            take(grant, of: plugin, for: tenant.id)
            return grant
        }
    }

    /// The same for a plugin that is about to run. Where nobody has consented it has a grant of nothing, so that what it asks
    /// for is counted and told like every other refusal.
    package func load(_ manifest: Manifest, in tenant: TenantStore) async throws(Problem) {
        try await serially(tenant.id) { [self] () throws(Problem) in
            let grant = try await Grant.find(manifest.id, in: tenant)
            take(grant ?? Grant(manifest, permissions: [], consentedBy: "nobody"), of: manifest.id, for: tenant.id)
        }
    }

    /// Keeps a grant in place of the earlier one; it holds for running children when this returns.
    package func set(_ grant: Grant, in tenant: TenantStore) async throws(Problem) {
        _ = try await change(grant.plugin, in: tenant) { _ in grant }
    }

    /// Makes a plugin's grant what `body` makes of it as it is then; nil leaves it. It holds for running children when this
    /// returns.
    func change(
        _ plugin: PluginID, in tenant: TenantStore, _ body: @escaping @Sendable (Grant?) throws(Problem) -> Grant?
    ) async throws(Problem) -> Grant? {
        try await serially(tenant.id) { [self] () throws(Problem) in
            let grant = try await tenant.write { database in
                let known = try Grant.find(plugin, database)
                guard let changed = try body(known) else { return known }
                try changed.write(to: database)
                return changed
            }
            take(grant, of: plugin, for: tenant.id)
            return grant
        }
    }

    /// Grants everything that the manifest asks for, unless the same requests were consented to before: then what a
    /// person has narrowed since stays narrow. The profile is consented to either way.
    package func grantRequests(
        of manifest: Manifest, by person: String, in tenant: TenantStore
    ) async throws(Problem) {
        let wanted = Grant(manifest, consentedBy: person)
        _ = try await change(manifest.id, in: tenant) { known in
            guard var known, known.hash == wanted.hash else { return wanted }
            guard known.profile != wanted.profile else { return nil }
            (known.profile, known.version) = (wanted.profile, wanted.version)
            (known.consentedBy, known.consented) = (wanted.consentedBy, wanted.consented)
            return known
        }
    }

    /// Forgets a plugin; it may do nothing from now on. What the database says of it stays until `Grant.remove`.
    package func unload(_ plugin: PluginID, for tenant: TenantID) {
        entries.withLock { _ = $0.removeValue(forKey: Key(tenant: tenant, plugin: plugin)) }
    }

    package func unload(tenant: TenantID) {
        entries.withLock { entries in
            for key in entries.keys where key.tenant == tenant { entries[key] = nil }
        }
        queues.withLock { $0[tenant] = nil }
    }

    /// What the plugin used and was refused so far.
    package func uses(of plugin: PluginID, in tenant: TenantStore) async throws(Problem) -> [GrantUse] {
        try await flush(Key(tenant: tenant.id, plugin: plugin))
        return try await GrantUse.all(of: plugin, in: tenant)
    }

    /// Writes counts again and again until its task is cancelled.
    package func watch() async {
        while (try? await Task.sleep(for: Self.flushInterval)) != nil { await flush() }
    }

    /// Writes what was counted. What cannot be written now is kept for the next time.
    package func flush() async {
        for key in entries.withLock({ Array($0.keys) }) { try? await flush(key) }
    }

    private func flush(_ key: Key) async throws(Problem) {
        let uses = entries.withLock { $0[key]?.counter.take() ?? [] }
        guard !uses.isEmpty else { return }
        do throws(Problem) {
            let tenant = try await store.tenant(key.tenant)
            try await tenant.write { try GrantUse.add(uses, of: key.plugin, to: $0) }
        } catch {
            entries.withLock { $0[key]?.counter.putBack(uses) }
            throw error
        }
    }

    private func serially<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let queue = queues.withLock { queues in
            let queue = queues[tenant] ?? SerialWork()
            queues[tenant] = queue
            return queue
        }
        return try await queue.run(body)
    }

    private func take(_ grant: Grant?, of plugin: PluginID, for tenant: TenantID) {
        let key = Key(tenant: tenant, plugin: plugin)
        let before = entries.withLock { entries in
            let before = entries[key]?.grant
            if let grant { entries[key, default: Entry(grant: grant)].grant = grant } else { entries[key] = nil }
            return before
        }
        guard let grant, let before, before.permissions != grant.permissions else { return }
        surroundings.withLock { $0.changed }?(tenant, grant)
    }
}

extension Grants.Entry {
    /// What a version may do at most. Where none was named or is in force, that to which somebody consented.
    func limit(_ asked: [Permission]?) -> [Permission] { asked ?? inForce ?? grant.requested }

    func allows(
        _ resource: Resource, _ action: String, _ subject: PermissionSubject, asking asked: [Permission]?
    ) -> Bool {
        grant.permissions.allows(resource, action, on: subject) && limit(asked).allows(resource, action, on: subject)
    }

    fileprivate mutating func admit(
        _ resource: Resource, _ action: String, _ subject: PermissionSubject, at now: Int64
    ) -> Bool {
        guard allows(resource, action, subject, asking: nil) else { return false }
        counter.count(resource, action, subject, isAllowed: true, at: now)
        return true
    }

    fileprivate mutating func decide(
        _ resource: Resource, _ action: String, _ subject: PermissionSubject, asking asked: [Permission]?, at now: Int64
    ) -> Grants.Verdict {
        let isAllowed = allows(resource, action, subject, asking: asked)
        counter.count(resource, action, subject, isAllowed: isAllowed, at: now)
        guard !isAllowed else { return .allowed }
        let isRequested = limit(asked).mention(resource, action)
        let (tells, untold) = counter.audits(at: now)
        return tells ? .refusedAloud(isRequested: isRequested, untoldBefore: untold) : .refused(isRequested: isRequested)
    }
}
