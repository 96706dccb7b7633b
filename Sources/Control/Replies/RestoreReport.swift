package import Model

/// What a restore did.
package struct RestoreReport: Hashable, Sendable {
    package struct Difference: Hashable, Sendable {
        package var table: String
        package var before: Int64
        package var after: Int64

        package init(table: String, before: Int64, after: Int64) {
            self.table = table
            self.before = before
            self.after = after
        }
    }

    /// What has the data of the backup now.
    package var tenant: TenantID
    package var backup: BackupID
    /// The backup of what was there before; nil where that is still there.
    package var undo: BackupID?
    /// Tables that do not have as many rows as before.
    package var differences: [Difference]

    package init(tenant: TenantID, backup: BackupID, undo: BackupID?, differences: [Difference]) {
        self.tenant = tenant
        self.backup = backup
        self.undo = undo
        self.differences = differences
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "restore")
        tenant = try TenantID(try reply.string("tenant"))
        backup = try BackupID(try reply.string("backup"))
        undo = reply["undo"]?.string.flatMap(BackupID.init(rawValue:))
        differences = try reply.list("differences") { (value) throws(Problem) in
            let difference = try ReplyReader(value, "restore: /differences")
            return Difference(
                table: try difference.string("table"), before: try difference.integer("before"),
                after: try difference.integer("after"))
        }
    }

    package var json: JSONValue {
        [
            "tenant": .string(tenant.rawValue), "backup": .string(backup.rawValue), "undo": JSONValue(undo?.rawValue),
            "differences": .array(
                differences.map {
                    ["table": .string($0.table), "before": .integer($0.before), "after": .integer($0.after)]
                }),
        ]
    }
}
