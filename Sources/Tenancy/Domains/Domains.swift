import GRDB
package import Model
package import Store
import Synchronization

/// The domains of all tenants: claimed, proved, and asked about at every request.
///
/// Kept in the registry and in memory. What the registry says is decided in one transaction; memory follows within it, so
/// that both end alike.
package final class Domains: Sendable {
    package static let mostOfTenant = 20
    /// Of one name, by different tenants: none of them has anything of it until it is proved.
    static let mostOfName = 10

    struct State {
        var claims: [DomainName: [DomainClaim]] = [:]
        /// Whose requests for a host are.
        var served: [String: TenantID] = [:]
        /// Names that are not served, and for which a certificate may be made all the same.
        var renewable: Set<String> = []
        /// When requests last gave occasion to look at a certificate, by name.
        var looked: [DomainName: Int64] = [:]
        /// Names about which something is being written down.
        var noted: Set<DomainName> = []
        var checked: Set<[String]> = []

        var misses = Misses()

        mutating func remember(_ name: DomainName, _ known: [DomainClaim]) {
            claims[name] = known.isEmpty ? nil : known
            served[name.description] = DomainClaims(claims: known).holder?.tenant
            if known.contains(where: \.mayBeRenewed) { renewable.insert(name.description) } else { renewable.remove(name.description) }
            if known.isEmpty { looked[name] = nil }
        }
    }

    /// How many names that nobody has were asked about in one second.
    struct Misses {
        private var second: Int64 = 0
        private var count = 0

        mutating func count(in now: Int64) -> Int {
            count = now == second ? count + 1 : 1
            second = now
            return count
        }
    }

    package let settings: DomainSettings?
    private let store: Store
    private let lookup: any DomainLookup
    private let suffixFile: String
    let state = Mutex(State())

    package init(
        _ store: Store, _ settings: DomainSettings?, _ lookup: any DomainLookup,
        suffixes suffixFile: String = PublicSuffixes.standardFile
    ) async throws(Problem) {
        self.store = store
        self.settings = settings
        self.lookup = lookup
        self.suffixFile = suffixFile
        let claims = try await store.readRegistry { try DomainClaim.all(in: $0) }
        state.withLock { state in
            for (name, claims) in Dictionary(grouping: claims, by: \.name) { state.remember(name, claims) }
        }
    }

    /// Claims a name for a tenant. One of its own is `pending` until DNS proves it; one below the base domain is the first
    /// tenant's who asks.
    package func claim(_ text: String, for tenant: TenantID) async throws(Problem) -> DomainClaim {
        guard let settings else {
            throw Problem(
                .unsupported, "this daemon serves no domains", hint: "an operator sets domains.base in its configuration")
        }
        _ = try await store.tenant(tenant)
        let name = try Self.located { () throws(Problem) in try DomainName(text) }
        let file = suffixFile
        let kind = try await settings.kind(of: name) { () async throws(Problem) in try await PublicSuffixes.load(file) }
        let now = Moment.now
        let claim = DomainClaim(
            name: name, tenant: tenant, kind: kind, state: kind == .subdomain ? .routed : .pending, token: Self.randomToken(),
            created: now, since: now, checked: nil, reason: nil)
        try await write(name) { database, claims in
            guard claims.claim(of: tenant) == nil else { throw Problem(.conflict, "tenant \(tenant) has the domain \(name) already") }
            guard kind == .custom || claims.claims.isEmpty else { throw Problem(.conflict, "the domain \(name) is taken") }
            let count = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM domain WHERE tenant = ?", arguments: [tenant.rawValue])
            guard count ?? 0 < Self.mostOfTenant else {
                throw Problem(.quotaExceeded, "tenant \(tenant) has \(Self.mostOfTenant) domains", hint: "delete some")
            }
            guard claims.claims.count < Self.mostOfName else {
                throw Problem(.quotaExceeded, "too many tenants claim \(name)", hint: "ask the operator")
            }
            try claim.insert(into: database)
            claims.claims.append(claim)
        }
        return claim
    }

    /// By name.
    package func list(of tenant: TenantID) async throws(Problem) -> [DomainClaim] {
        _ = try await store.record(of: tenant)
        return state.withLock { $0.claims.values.flatMap { $0 } }.filter { $0.tenant == tenant }.sorted { $0.name < $1.name }
    }

    /// A tenant finds only its own claims.
    package func find(_ text: String, of tenant: TenantID) async throws(Problem) -> DomainClaim {
        let own = try await list(of: tenant)
        guard let claim = own.first(where: { $0.name.description == text.lowercased() }) else {
            throw Problem(
                .notFound, "domain not found: \(text.prefix(80))",
                hint: own.map(\.name.description).nearest(to: text).map { "did you mean \($0)?" })
        }
        return claim
    }

    /// From when this returns nothing is served under the name.
    package func remove(_ text: String, of tenant: TenantID) async throws(Problem) -> DomainClaim {
        let claim = try await find(text, of: tenant)
        try await write(claim.name) { database, claims in
            try database.execute(
                sql: "DELETE FROM domain WHERE name = ? AND tenant = ?", arguments: [claim.name.description, tenant.rawValue])
            claims.claims.removeAll { $0.tenant == tenant }
        }
        return claim
    }

    /// Asks DNS about a claim now, and about whoever holds the name meanwhile; where the name leads here, its certificate is
    /// looked at, too.
    package func check(_ text: String, of tenant: TenantID) async throws(Problem) -> DomainClaim {
        let claim = try await find(text, of: tenant)
        guard let settings, claim.kind == .custom else { return claim }
        let key = [claim.name.description, tenant.rawValue]
        guard state.withLock({ $0.checked.insert(key).inserted }) else {
            throw Problem(.retryLater, "the domain \(claim.name) is being checked", hint: "ask again in a few seconds")
        }
        defer { state.withLock { _ = $0.checked.remove(key) } }
        let ours: DomainRecords<Address> =
            settings.addresses.isEmpty ? await lookup.addresses(of: settings.target.description) : .found(settings.addresses)
        let holder = state.withLock { $0.claims[claim.name]?.first { $0.tenant != tenant && $0.state.isHeld } }
        for claim in [holder, claim].compactMap({ $0 }) {
            let seen = await DomainObservation.of(claim, ours: ours, lookup)
            try await apply(.observed(seen), to: claim)
            guard seen.route == .present, let known = current(claim), known.state.isServed else { continue }
            try await inspect(known)
        }
        return try await find(text, of: tenant)
    }

    private func current(_ claim: DomainClaim) -> DomainClaim? {
        state.withLock { $0.claims[claim.name]?.first { $0.tenant == claim.tenant } }
    }

    /// Looks at the certificate under which a name is served, at the addresses of this host to which it leads.
    func inspect(_ claim: DomainClaim) async throws(Problem) {
        guard let settings else { return }
        async let theirs = lookup.addresses(of: (claim.kind == .custom ? claim.name : settings.target).description)
        var addresses = settings.addresses
        if case .found(let found) = await theirs, addresses.isEmpty || claim.kind == .custom {
            addresses = addresses.isEmpty ? found : found.filter(addresses.contains)
        }
        let seen: DomainInspection = addresses.isEmpty
            ? .unknown("the addresses of \(claim.name) are not known") : await lookup.certificate(of: claim.name.description, at: addresses, now: Moment.now)
        try await apply(.inspected(seen), to: claim)
    }

    /// Looks at what is due, again and again, until its task is cancelled. `failed` takes what cannot be written down.
    package func watch(failed: @Sendable (DomainName, Problem) -> Void) async {
        repeat {
            let now = Moment.now
            let due = state.withLock { $0.claims.values.flatMap { $0 } }.filter { $0.isDue(at: now) }
                .sorted { $0.checked ?? 0 < $1.checked ?? 0 }
            for claim in due.prefix(200) {
                do throws(Problem) {
                    _ = try await check(claim.name.description, of: claim.tenant)
                } catch {
                    if error.code == .internalFault { failed(claim.name, error) }
                }
                if Task.isCancelled { return }
            }
        } while (try? await Task.sleep(for: .seconds(60))) != nil
    }

    /// Forgets the domains of a tenant that is being removed; the registry drops them with it.
    package func forget(_ tenant: TenantID) {
        state.withLock { state in
            for (name, claims) in state.claims where claims.contains(where: { $0.tenant == tenant }) {
                state.remember(name, claims.filter { $0.tenant != tenant })
            }
        }
    }

    func apply(_ event: DomainState.Event, to claim: DomainClaim) async throws(Problem) {
        let now = Moment.now
        try await write(claim.name) { database, claims in
            let before = claims.claims
            claims.handle(event, of: claim.tenant, at: now)
            for claim in claims.claims where !before.contains(claim) { try claim.update(in: database) }
        }
    }

    private func write(
        _ name: DomainName, _ change: @escaping @Sendable (Database, inout DomainClaims) throws -> Void
    ) async throws(Problem) {
        do throws(Problem) {
            try await store.writeRegistry { [self] database in
                var claims = DomainClaims(claims: try DomainClaim.all(of: name, in: database))
                try change(database, &claims)
                let known = claims.claims
                state.withLock { $0.remember(name, known) }
            }
        } catch {
            // The transaction may have failed at its very end.
            if let known = try? await store.readRegistry({ try DomainClaim.all(of: name, in: $0) }) {
                state.withLock { $0.remember(name, known) }
            }
            throw error
        }
    }

    private static func randomToken() -> String {
        var generator = SystemRandomNumberGenerator()
        return "cloister-" + (0..<32).map { _ in String(Int.random(in: 0..<16, using: &generator), radix: 16) }.joined()
    }

    private static func located<Value>(_ body: () throws(Problem) -> Value) throws(Problem) -> Value {
        do throws(Problem) {
            return try body()
        } catch {
            throw Problem(error.code, "/domain: \(error.message)", hint: error.hint, cause: error.cause)
        }
    }
}
