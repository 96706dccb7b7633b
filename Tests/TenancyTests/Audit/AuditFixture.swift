import GRDB
import HostTesting
import Model
import Store
import Synchronization

@testable import Tenancy

/// A store with one tenant and its logs, on a data folder that lasts over several daemons.
struct AuditFixture: Sendable {
    static let acme = TenantID(unchecked: "acme")
    static let place = AuditPlace.tenant(acme)

    let folder: String
    let store: Store
    let audit: Audit
    let complaints: Complaints

    final class Complaints: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    static func with(_ body: (String) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try await body(folder)
    }

    /// One life of a daemon.
    static func life(_ folder: String, _ body: (AuditFixture) async throws -> Void) async throws {
        var options = Store.Options()
        options.registrySteps = KeyRecord.steps + AuditSchema.steps
        options.tenantSteps = AuditSchema.steps
        let store = try await Store.open(folder, options)
        if try await store.tenants().isEmpty { _ = try await store.createTenant(acme) }
        let complaints = Complaints()
        let audit = try Audit(store, complain: complaints.add)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(
                try await body(AuditFixture(folder: folder, store: store, audit: audit, complaints: complaints)))
        } catch { outcome = .failure(error) }
        await store.close()
        try outcome.get()
    }

    static func attempt(_ method: String = "plugin/enable", subject: String = "exif") -> AuditAttempt {
        AuditAttempt(request: "r1", principal: "key k1", door: .http, method: method, tenant: acme, subject: subject)
    }

    /// Makes so many changes, each with two entries.
    func change(_ count: Int) async throws {
        for index in 0..<count {
            try await audit.record(Self.attempt(subject: "p\(index)"), in: Self.place) {}
        }
    }

    /// What somebody does who can write the tenant's file.
    func tamper(_ sql: String) async throws {
        try await store.tenant(Self.acme).write { try $0.execute(sql: sql) }
    }

    func verdict() async throws -> AuditVerdict { try await audit.verify(Self.place) }

    var entries: [AuditEntry] {
        get async throws { try await audit.list(Self.place, limit: 1000).entries.reversed() }
    }
}
