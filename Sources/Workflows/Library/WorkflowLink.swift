import GRDB
package import Model

/// One version of a workflow, opened to whoever has the link's token. It never says the token.
package struct WorkflowLink: Sendable, Hashable {
    package let id: WorkflowLinkID
    package let workflow: WorkflowID
    package let version: Int
    /// In milliseconds since 1970 (UTC).
    package let created: Int64
    package let createdBy: String
    /// From then on it opens nothing. In milliseconds since 1970 (UTC).
    package let expires: Int64
    /// How often it was opened.
    package let uses: Int64
    /// In milliseconds since 1970 (UTC); nil where it was not opened yet.
    package let lastUse: Int64?

    /// Of one workflow, without those that have expired.
    package static let most = 20
    package static let longest: Duration = .seconds(90 * 86_400)
    package static let shortest: Duration = .seconds(60)
    /// Unless something else is asked for.
    package static let ordinary: Duration = .seconds(7 * 86_400)

    /// Whether nobody opened it yet in the hour (UTC) of a moment, which is in milliseconds since 1970.
    package func isUnused(inHourOf now: Int64) -> Bool { lastUse.map { $0 / 3_600_000 < now / 3_600_000 } ?? true }

    static let columns = "id, workflow, version, created, createdBy, expires, uses, lastUse"

    init(_ row: Row) throws(Problem) {
        guard let id = WorkflowLinkID(rawValue: row["id"]), let workflow = WorkflowID(rawValue: row["workflow"]) else {
            throw Problem(.internalFault, "the database holds a link that none can be", hint: "restore it from a backup")
        }
        self.id = id
        self.workflow = workflow
        version = row["version"]
        created = row["created"]
        createdBy = row["createdBy"]
        expires = row["expires"]
        uses = row["uses"]
        lastUse = row["lastUse"]
    }
}
