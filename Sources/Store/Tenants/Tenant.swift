import GRDB
import Glibc
package import Model

/// A tenant as the registry knows it.
package struct Tenant: Sendable, Hashable {
    package enum State: String, Sendable {
        case active
        /// On its way out: nothing starts for it, and what is left of it is removed, if need be at the next start.
        case deleting
    }

    package let id: TenantID
    /// What people call it; nil where nobody gave it a name.
    package var name: String?
    /// When it was created, in milliseconds since 1970 (UTC).
    package let created: Int64
    package var quota: Quota
    package var state: State

    package init(id: TenantID, name: String?, created: Int64, quota: Quota, state: State) {
        self.id = id
        self.name = name
        self.created = created
        self.quota = quota
        self.state = state
    }
}

extension Tenant {
    init(_ row: Row) throws(Problem) {
        guard let id = TenantID(rawValue: row["id"]), let state = State(rawValue: row["state"]) else {
            throw Problem(
                .internalFault, "the registry holds a tenant that none can be", hint: "restore it from a backup")
        }
        self.init(
            id: id, name: row["name"], created: row["created"],
            quota: Quota(
                memory: ByteSize(bytes: row["memory"]), processes: row["processes"], cpu: row["cpu"],
                cpuWeight: row["cpuWeight"], disk: ByteSize(bytes: row["disk"])),
            state: state)
    }
}

extension Tenant {
    /// A name for people: one line of at most 200 characters; nil for none.
    package static func checked(_ name: String?) throws(Problem) -> String? {
        guard let name, !name.isEmpty else { return nil }
        let isLine = name.unicodeScalars.allSatisfy { !$0.isControl }
        guard isLine, name.unicodeScalars.count <= 200, !name.allSatisfy(\.isWhitespace) else {
            throw Problem(.invalidInput, "not a name for a tenant", hint: "one line of at most 200 characters")
        }
        return name
    }
}
