import Model

/// Which of a tenant's roles the groups of its provider and of its directory open, by a table that the tenant keeps.
///
/// A group that the table does not name opens nothing by it. Names are compared letter by letter: two groups of a provider
/// may differ in the case of a letter alone. Nothing opens a role of the platform, or an owner's: who owns a tenant its owners
/// say.
package struct GroupRoles: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        /// Its name, or what else the provider calls it by, as Entra ID its object's id.
        package let group: String
        package let role: Role
    }

    /// Whatever somebody wants of it.
    package struct Wish: Sendable, Hashable {
        package struct Entry: Sendable, Hashable {
            package var group: String
            package var role: String

            package init(group: String, role: String) {
                self.group = group
                self.role = role
            }
        }

        /// Nil for the usual one.
        package var claim: String?
        package var entries: [Entry]

        package init(claim: String? = nil, entries: [Entry] = []) {
            self.claim = claim
            self.entries = entries
        }
    }

    package static let most = 200
    package static let usualClaim = "groups"
    /// How many groups one token may name.
    static let mostSaid = 2000

    /// The claim of ID tokens that names somebody's groups.
    package let claim: String
    package let entries: [Entry]

    static let none = GroupRoles(claim: usualClaim, entries: [])

    /// Whether nothing is said about groups: every role stays what somebody made it.
    package var isEmpty: Bool { entries.isEmpty }

    /// The widest role that somebody has who is in these groups; nil where the table names none of them.
    func role(of groups: Set<String>) -> Role? {
        Self.widest(Set(entries.lazy.filter { groups.contains($0.group) }.map(\.role)))
    }

    /// What a group of the directory opens: what the table says of its name or of what the directory calls it by, else the
    /// role that it carries itself.
    func role(of group: PersonGroup) -> Role? { role(of: group.name, group.externalID) ?? group.role }

    func role(of name: String, _ externalID: String?) -> Role? { role(of: Set([name, externalID].compactMap { $0 })) }

    static func widest(_ roles: Set<Role>) -> Role? { PersonGroup.roles.first(where: roles.contains) }
}

extension GroupRoles.Wish {
    /// The table that it makes. Throws `invalidInput` with the place, or `permissionDenied` for a role that opens more than
    /// what `principal` may.
    func table(of tenant: TenantID, by principal: Principal) throws(Problem) -> GroupRoles {
        let claim = claim ?? GroupRoles.usualClaim
        guard (1...255).contains(claim.utf8.count), claim.unicodeScalars.allSatisfy({ !$0.isControl }) else {
            throw Problem(.invalidInput, "/groupsClaim: expected 1 to 255 bytes without control characters")
        }
        guard entries.count <= GroupRoles.most else {
            throw Problem(.invalidInput, "/groups: more than \(GroupRoles.most) entries")
        }
        var made: [GroupRoles.Entry] = []
        var names: Set<String> = []
        for (index, entry) in entries.enumerated() {
            guard (1...254).contains(entry.group.unicodeScalars.count), !entry.group.allSatisfy(\.isWhitespace),
                entry.group.unicodeScalars.allSatisfy({ !$0.isControl })
            else { throw Problem(.invalidInput, "/groups/\(index)/group: not a name", hint: "one line of 1 to 254 characters") }
            guard names.insert(entry.group).inserted else {
                throw Problem(.invalidInput, "/groups/\(index)/group: \(entry.group.debugDescription) stands there twice")
            }
            guard let role = PersonGroup.roles.first(where: { $0.rawValue == entry.role }) else {
                throw Problem(
                    .invalidInput, "/groups/\(index)/role: no group opens it: \(entry.role.prefix(40).debugDescription)",
                    hint: "one of \(PersonGroup.roles.map(\.rawValue).joined(separator: ", ")); owners are made by owners")
            }
            try principal.checkDelegation(of: role, in: tenant)
            made.append(GroupRoles.Entry(group: entry.group, role: role))
        }
        return GroupRoles(claim: claim, entries: made)
    }
}
