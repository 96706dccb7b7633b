import GRDB
package import Model
import Store

extension WorkflowLibrary {
    /// Opens a version, the one in force where none is named, to whoever has the token, until the time is over. The token is
    /// told here and never again: only its digest is kept.
    ///
    /// Throws `notFound` where there is no such version, `invalidInput` for a time that is out of bounds, and `conflict` where
    /// the workflow has as many links as it may have.
    package func share(
        _ id: WorkflowID, of tenant: TenantID, version: Int? = nil, for time: Duration = WorkflowLink.ordinary, by author: String
    ) async throws(Problem) -> (link: WorkflowLink, token: ShareToken) {
        guard (WorkflowLink.shortest...WorkflowLink.longest).contains(time) else {
            let longest = WorkflowLink.longest.components.seconds / 86_400
            throw Problem(.invalidInput, "/expires: expected \(WorkflowLink.shortest.text) to \(longest)d", hint: "for example 7d")
        }
        let now = now()
        let token = ShareToken.random()
        let name = WorkflowLinkID.random()
        let link = try await store.tenant(tenant).write { database in
            let record = try WorkflowRecord.find(id, database)
            guard let number = version ?? record.version else {
                throw Problem(
                    .notFound, "workflow \(id) was never published", hint: "publish it: cloister workflow publish \(id)")
            }
            _ = try WorkflowVersion.find(number, of: id, database)
            try database.execute(sql: "DELETE FROM workflowLink WHERE workflow = ? AND expires <= ?", arguments: [id.rawValue, now])
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM workflowLink WHERE workflow = ?", arguments: [id.rawValue])
            guard (count ?? 0) < WorkflowLink.most else {
                throw Problem(
                    .conflict, "workflow \(id) has \(WorkflowLink.most) links already", hint: "revoke one that is not needed any more")
            }
            try database.execute(
                sql: """
                    INSERT INTO workflowLink (id, workflow, version, digest, created, createdBy, expires, uses)
                    VALUES (?, ?, ?, ?, ?, ?, ?, 0)
                    """, arguments: [name.rawValue, id.rawValue, number, token.digest, now, author, now + time.milliseconds])
            return try Self.link(name, of: id, database)
        }
        return (link, token)
    }

    /// Those that still open something, the newest first.
    package func links(of id: WorkflowID, in tenant: TenantID) async throws(Problem) -> [WorkflowLink] {
        let now = now()
        return try await store.tenant(tenant).read { database in
            _ = try WorkflowRecord.find(id, database)
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT \(WorkflowLink.columns) FROM workflowLink WHERE workflow = ? AND expires > ?
                    ORDER BY created DESC, rowid DESC LIMIT ?
                    """, arguments: [id.rawValue, now, WorkflowLink.most]
            ).map { try WorkflowLink($0) }
        }
    }

    /// The link opens nothing any more once this returns. → the link as it was
    package func unshare(_ name: WorkflowLinkID, of id: WorkflowID, in tenant: TenantID) async throws(Problem) -> WorkflowLink {
        try await store.tenant(tenant).write { database in
            let link = try Self.link(name, of: id, database)
            try database.execute(sql: "DELETE FROM workflowLink WHERE id = ?", arguments: [name.rawValue])
            return link
        }
    }

    /// The link of this tenant's that a token opens. Nil, after the same single look-up by digest, for one that is unknown,
    /// another tenant's, revoked or expired: nobody learns which. Writes nothing, so that strangers' guesses do not wait in the
    /// line of those who write.
    package func link(openedBy token: ShareToken, of tenant: TenantID) async throws(Problem) -> WorkflowLink? {
        let now = now()
        let digest = token.digest
        return try await store.tenant(tenant).read { try Self.opened(by: digest, at: now, $0) }
    }

    /// What that link opens, without secrets; the use is counted. Nil where `link(openedBy:of:)` is.
    package func shared(by token: ShareToken, of tenant: TenantID) async throws(Problem) -> WorkflowExport? {
        let now = now()
        let digest = token.digest
        let definition: JSONValue? = try await store.tenant(tenant).write { database in
            guard let link = try Self.opened(by: digest, at: now, database) else { return nil }
            try database.execute(sql: "UPDATE workflowLink SET uses = uses + 1, lastUse = ? WHERE id = ?", arguments: [now, link.id.rawValue])
            return try WorkflowVersion.definition(link.version, of: link.workflow, database)
        }
        return definition.map { WorkflowExport($0) }
    }

    private static func opened(by digest: String, at now: Int64, _ database: Database) throws -> WorkflowLink? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT \(WorkflowLink.columns) FROM workflowLink WHERE digest = ? AND expires > ?"),
            arguments: [digest, now]
        ).map { try WorkflowLink($0) }
    }

    private static func link(_ name: WorkflowLinkID, of id: WorkflowID, _ database: Database) throws -> WorkflowLink {
        let row = try Row.fetchOne(
            database, sql: "SELECT \(WorkflowLink.columns) FROM workflowLink WHERE workflow = ? AND id = ?",
            arguments: [id.rawValue, name.rawValue])
        guard let row else {
            _ = try WorkflowRecord.find(id, database)
            throw Problem(.notFound, "workflow \(id) has no such link", hint: "cloister workflow links \(id) lists them")
        }
        return try WorkflowLink(row)
    }
}
