import GRDB
package import Model

/// A group of a tenant's directory. Where it carries a role, its members have that role.
package struct PersonGroup: Sendable, Hashable {
    /// A group by name.
    package struct Reference: Sendable, Hashable {
        package let id: GroupID
        package let name: String
    }

    package let id: GroupID
    package var name: String
    package var externalID: String?
    /// Never an owner's: who owns a tenant its owners say.
    package var role: Role?
    package var members: Set<PersonID>
    /// In milliseconds since 1970 (UTC), as the other.
    package internal(set) var created: Int64 = 0
    package internal(set) var changed: Int64 = 0

    package init(id: GroupID, name: String, externalID: String? = nil, role: Role? = nil, members: Set<PersonID> = []) {
        self.id = id
        self.name = name
        self.externalID = externalID
        self.role = role
        self.members = members
    }

    /// Roles that groups may carry, the widest first: whoever is in several groups has the first of theirs.
    package static let roles: [Role] = [.admin, .builder, .billing, .auditor, .member]

    /// The role that a group has by being called like it.
    package static func role(called name: String) -> Role? { roles.first { $0.rawValue == name.lowercased() } }

    init(_ row: Row, members: Set<PersonID>) throws(Problem) {
        guard let id = GroupID(rawValue: row["id"]) else {
            throw Problem(.internalFault, "the database holds a group that none can be", hint: "restore it from a backup")
        }
        let role: String? = row["role"]
        // A role that a newer daemon knew is carried by none here.
        self.init(
            id: id, name: row["name"], externalID: row["externalId"],
            role: role.flatMap(Role.init(rawValue:)).flatMap { Self.roles.contains($0) ? $0 : nil }, members: members)
        created = row["created"]
        changed = row["changed"]
    }

    func check() throws(Problem) {
        for (place, text) in [("displayName", name), ("externalId", externalID ?? "-")] {
            guard (1...254).contains(text.unicodeScalars.count), !text.allSatisfy(\.isWhitespace),
                text.unicodeScalars.allSatisfy({ !$0.isControl })
            else { throw Problem(.invalidInput, "/\(place): not a name", hint: "one line of 1 to 254 characters") }
        }
        guard role.map(Self.roles.contains) ?? true else {
            throw Problem(.invalidInput, "/role: no group carries it", hint: Self.roles.map(\.rawValue).joined(separator: ", "))
        }
    }
}
