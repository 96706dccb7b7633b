import GRDB
package import Model
import Store

extension WorkflowLibrary {
    /// How long a lock holds at most, and unless something else is asked for.
    package static let longestLock: Duration = .seconds(3600)
    package static let ordinaryLock: Duration = .seconds(300)

    /// Keeps others from saving and publishing until the lock ends, which its holder may put off. Throws `conflict` where
    /// somebody else holds it, unless it is stolen.
    package func lock(
        _ id: WorkflowID, of tenant: TenantID, for time: Duration, isStolen: Bool, by principal: String
    ) async throws(Problem) -> WorkflowRecord {
        let now = now()
        let expires = now + min(time, Self.longestLock).milliseconds
        return try await store.tenant(tenant).write { database in
            if !isStolen { try WorkflowRecord.find(id, database).checkLock(principal, at: now) }
            return try Self.setLock(id, (principal, expires), database)
        }
    }

    /// Ends one's own lock; another's where it is stolen. Without effect where there is none.
    package func unlock(
        _ id: WorkflowID, of tenant: TenantID, isStolen: Bool, by principal: String
    ) async throws(Problem) -> WorkflowRecord {
        let now = now()
        return try await store.tenant(tenant).write { database in
            if !isStolen { try WorkflowRecord.find(id, database).checkLock(principal, at: now) }
            return try Self.setLock(id, nil, database)
        }
    }

    private static func setLock(
        _ id: WorkflowID, _ lock: (holder: String, expires: Int64)?, _ database: Database
    ) throws -> WorkflowRecord {
        try database.execute(
            sql: "UPDATE workflow SET lockHolder = ?, lockExpires = ? WHERE id = ?",
            arguments: [lock?.holder, lock?.expires, id.rawValue])
        return try WorkflowRecord.find(id, database)
    }
}
