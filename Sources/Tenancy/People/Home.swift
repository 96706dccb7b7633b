import GRDB
import Model
import Store

/// Where the persons of one tenant, or of the platform, are kept. Whoever has one can say nothing about another.
enum Home: Sendable {
    case platform(Store)
    case tenant(TenantStore)

    var tenant: TenantID? {
        switch self {
        case .platform: nil
        case .tenant(let tenant): tenant.id
        }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws(Problem) -> Value {
        switch self {
        case .platform(let store): try await store.readRegistry(body)
        case .tenant(let tenant): try await tenant.read(body)
        }
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws(Problem) -> Value {
        switch self {
        case .platform(let store): try await store.writeRegistry(body)
        case .tenant(let tenant): try await tenant.write(body)
        }
    }

    func person(_ id: PersonID) async throws(Problem) -> Person {
        let tenant = tenant
        return try await read { try Person.find(id, in: tenant, $0) }
    }
}
