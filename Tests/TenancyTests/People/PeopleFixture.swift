import HostTesting
import Model
import Store
import Synchronization
import Testing

@testable import Tenancy

/// Enough to see that what lies on disk is not what was sealed, and for which place it was.
struct Reversal: Sealing {
    func seal(_ text: String, for place: String) throws(Problem) -> [UInt8] { Array("\(place)\n\(text)".utf8.reversed()) }

    func open(_ sealed: [UInt8], for place: String) throws(Problem) -> String {
        let text = String(decoding: sealed.reversed(), as: UTF8.self)
        guard text.hasPrefix(place + "\n") else { throw Problem(.internalFault, "sealed for another place") }
        return String(text.dropFirst(place.count + 1))
    }
}

/// People on a real store, with passwords that cost little and a clock that stands until it is moved.
struct PeopleFixture: Sendable {
    static let acme = TenantID(unchecked: "acme")
    static let globex = TenantID(unchecked: "globex")
    static let password = "seven quiet herons wade"
    static let visitor = Visitor(address: "192.0.2.1", agent: "test")
    static let root = Principal.local("root")
    static let cheap = PasswordCost(exponent: 4, blockSize: 1, parallelism: 1)!

    final class Clock: Sendable {
        private let time = Mutex<Int64>(1_700_000_000_000)
        var now: Int64 { time.withLock { $0 } }
        func advance(seconds: Int64) { time.withLock { $0 += seconds * 1000 } }
    }

    let store: Store
    let folder: String
    let people: People
    let clock: Clock

    static func with(_ body: (PeopleFixture) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        var options = Store.Options()
        options.registrySteps = KeyRecord.steps + Person.registrySteps + Outbox.registrySteps + ProvisioningSchema.registrySteps + Recovery.steps
        options.tenantSteps = Person.tenantSteps + Outbox.tenantSteps + ProvisioningSchema.tenantSteps
            + IdentityProvider.steps + IdentityProvider.groupSteps + Brandings.steps
        let store = try await Store.open(folder, options)
        for tenant in [acme, globex] { _ = try await store.createTenant(tenant) }
        let clock = Clock()
        let fixture = PeopleFixture(store: store, folder: folder, people: Self.people(store, clock), clock: clock)
        try await body(fixture)
        await store.close()
    }

    /// As another daemon would have them, later.
    static func people(_ store: Store, _ clock: Clock, cost: PasswordCost = cheap) -> People {
        People(store, Outbox(store, readers: People.outboxReaders), sealing: Reversal(), cost: cost, now: { clock.now })
    }

    func person(_ email: String, _ role: Role, in tenant: TenantID? = acme) async throws -> Person {
        let (_, text) = try await people.invite(email, as: role.rawValue, to: tenant, by: Self.root)
        return try await people.accept(text.text, name: "Somebody", password: Self.password, from: Self.visitor)
    }

    func login(
        _ email: String, in tenant: TenantID? = acme, password: String = password, code: String? = nil,
        from visitor: Visitor = visitor
    ) async throws -> LoginOutcome {
        try await people.login(Login(tenant: tenant, email: email, password: password, code: code), from: visitor)
    }

    func session(_ email: String, in tenant: TenantID? = acme, code: String? = nil) async throws -> OpenSession {
        guard case .welcome(let session) = try await login(email, in: tenant, code: code) else {
            throw Problem(.permissionDenied, "no welcome for \(email)")
        }
        return session
    }

    func isOpen(_ session: OpenSession) async throws -> Bool { try await people.session(session.text.text) != nil }
}
