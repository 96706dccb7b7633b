import GRDB
import Model

extension GroupRoles {
    var json: JSONValue {
        [
            "claim": .string(claim),
            "groups": .array(entries.map { ["group": .string($0.group), "role": .string($0.role.rawValue)] }),
        ]
    }

    /// What no daemon wrote opens nothing, as does a role that a newer one knew.
    init(stored text: String?) {
        let value = text.flatMap { try? JSONValue.parse(Array($0.utf8)) }
        self.init(
            claim: value?["claim"]?.string ?? Self.usualClaim,
            entries: (value?["groups"]?.array ?? []).compactMap { entry in
                guard let group = entry["group"]?.string, let name = entry["role"]?.string,
                    let role = PersonGroup.roles.first(where: { $0.rawValue == name })
                else { return nil }
                return Entry(group: group, role: role)
            })
    }

    /// A tenant's table; an empty one where it has no provider.
    static func find(in database: Database) throws -> GroupRoles {
        try Row.fetchOne(database, sql: "SELECT groupRoles FROM identityProvider").map { GroupRoles(stored: $0["groupRoles"]) } ?? .none
    }
}

extension PersonGroup {
    /// The widest role that the directory's groups of a person open; nil where none opens any.
    static func role(of person: PersonID, by table: GroupRoles, _ database: Database) throws -> Role? {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT name, externalId, role FROM personGroup JOIN personGroupMember ON personGroup.id = personGroup
                WHERE person = ?
                """, arguments: [person.rawValue])
        return GroupRoles.widest(
            Set(rows.compactMap { row in
                table.role(of: row["name"], row["externalId"]) ?? (row["role"] as String?).flatMap(Role.init(rawValue:))
            }))
    }
}
