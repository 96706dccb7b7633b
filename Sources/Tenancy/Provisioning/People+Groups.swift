import GRDB
package import Model
import Store

extension People {
    package static let mostGroups = 1000
    /// Of all groups of a tenant together.
    package static let mostMemberships = 50_000

    /// The groups of a tenant's directory in the order in which they came; without their members where nobody asks for them.
    package func groups(in tenant: TenantID, withMembers: Bool = true) async throws(Problem) -> [PersonGroup] {
        try await store.tenant(tenant).read { database in
            var members: [String: Set<PersonID>] = [:]
            if withMembers {
                for row in try Row.fetchAll(database, sql: "SELECT * FROM personGroupMember") {
                    let (group, person): (String, String) = (row["personGroup"], row["person"])
                    PersonID(rawValue: person).map { _ = members[group, default: []].insert($0) }
                }
            }
            return try Row.fetchAll(database, sql: "SELECT * FROM personGroup ORDER BY created, id")
                .map { try PersonGroup($0, members: members[$0["id"]] ?? []) }
        }
    }

    package func group(_ id: GroupID, in tenant: TenantID) async throws(Problem) -> PersonGroup {
        try await store.tenant(tenant).read { database in try PersonGroup.find(id, database) }
    }

    /// Makes the group, or puts it in the place of what it was. Whoever comes or goes has the role then that the groups of
    /// the person open, by the tenant's table or by what they carry: the widest of them, and that of a member where none does.
    /// Owners stay owners.
    package func keep(
        _ group: PersonGroup, isNew: Bool, in tenant: TenantID
    ) async throws(Problem) -> ProvisioningOutcome<PersonGroup> {
        try group.check()
        let now = now()
        return try await outbox.change(try await store.tenant(tenant)) { database in
            let before = isNew ? PersonGroup(id: group.id, name: group.name) : try PersonGroup.find(group.id, database)
            try Self.checkFree(group, isNew: isNew, database)
            try database.execute(
                sql: """
                    INSERT INTO personGroup (id, name, externalId, role, created, changed) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET
                        name = excluded.name, externalId = excluded.externalId, role = excluded.role, changed = excluded.changed
                    """,
                arguments: [group.id.rawValue, group.name, group.externalID, group.role?.rawValue, now, now])
            for person in before.members.subtracting(group.members) {
                try database.execute(
                    sql: "DELETE FROM personGroupMember WHERE personGroup = ? AND person = ?",
                    arguments: [group.id.rawValue, person.rawValue])
            }
            try Self.add(group.members.subtracting(before.members), to: group.id, database)
            let table = try GroupRoles.find(in: database)
            let (opened, opens) = (table.role(of: before), table.role(of: group))
            let isOther = opened != opens
            let touched = isOther ? before.members.union(group.members) : before.members.symmetricDifference(group.members)
            let fallen = opened == nil && opens == nil ? [] : try Self.settle(touched, table, in: tenant, at: now, database)
            return ProvisioningOutcome(subject: try PersonGroup.find(group.id, database), fallen: fallen)
        }
    }

    package func removeGroup(_ id: GroupID, in tenant: TenantID) async throws(Problem) -> ProvisioningOutcome<PersonGroup> {
        let now = now()
        return try await outbox.change(try await store.tenant(tenant)) { database in
            let group = try PersonGroup.find(id, database)
            try database.execute(sql: "DELETE FROM personGroup WHERE id = ?", arguments: [id.rawValue])
            let table = try GroupRoles.find(in: database)
            let fallen = table.role(of: group) == nil ? [] : try Self.settle(group.members, table, in: tenant, at: now, database)
            return ProvisioningOutcome(subject: group, fallen: fallen)
        }
    }

    private static func add(_ persons: Set<PersonID>, to group: GroupID, _ database: Database) throws {
        for person in persons {
            let isThere = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM person WHERE id = ?)", arguments: [person.rawValue])
            guard isThere ?? false else { throw Problem(.invalidInput, "/members: no such person: \(person)") }
            try database.execute(
                sql: "INSERT INTO personGroupMember (personGroup, person) VALUES (?, ?)",
                arguments: [group.rawValue, person.rawValue])
        }
        let all = try Int.fetchOne(database, sql: "SELECT count(*) FROM personGroupMember") ?? 0
        guard all <= mostMemberships else {
            throw Problem(.quotaExceeded, "the groups have more than \(mostMemberships) members together", hint: "remove some")
        }
    }

    /// Gives persons the roles that their groups open. `principal` is who wants it, where that is not a directory: it moves
    /// nobody who has, or gets, a wider role than its own.
    private static func settle(
        _ persons: Set<PersonID>, _ table: GroupRoles, in tenant: TenantID, by principal: Principal? = nil, at now: Int64,
        _ database: Database
    ) throws -> [(person: Person, scopes: Set<Scope>)] {
        var fallen: [(person: Person, scopes: Set<Scope>)] = []
        for id in persons.sorted(by: { $0.rawValue < $1.rawValue }) {
            let person = try Person.find(id, in: tenant, database)
            let role = try PersonGroup.role(of: id, by: table, database) ?? .member
            guard !person.role.isOwner, person.role != role else { continue }
            try principal?.checkDelegation(of: person.role, in: tenant)
            try principal?.checkDelegation(of: role, in: tenant)
            try database.execute(
                sql: "UPDATE person SET role = ?, generation = ?, changed = ? WHERE id = ?",
                arguments: [role.rawValue, Person.newGeneration(), now, id.rawValue])
            fallen.append((person, role.scopes))
        }
        try post(fallen, in: database)
        return fallen
    }

    /// Gives the members of those groups their roles that open something else by another table.
    static func settle(
        from before: GroupRoles, to after: GroupRoles, in tenant: TenantID, by principal: Principal, at now: Int64,
        _ database: Database
    ) throws -> [(person: Person, scopes: Set<Scope>)] {
        guard before.entries != after.entries else { return [] }
        var touched: Set<PersonID> = []
        for row in try Row.fetchAll(database, sql: "SELECT * FROM personGroup") {
            let group = try PersonGroup(row, members: [])
            guard before.role(of: group) != after.role(of: group) else { continue }
            touched.formUnion(try PersonGroup.find(group.id, database).members)
        }
        return try settle(touched, after, in: tenant, by: principal, at: now, database)
    }

    private static func checkFree(_ group: PersonGroup, isNew: Bool, _ database: Database) throws {
        let isTaken = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM personGroup WHERE name = ? AND id <> ?)",
            arguments: [group.name, group.id.rawValue])
        if isTaken ?? false { throw Problem(.conflict, "another group has this displayName already") }
        guard isNew else { return }
        let others = try Int.fetchOne(database, sql: "SELECT count(*) FROM personGroup") ?? 0
        guard others < mostGroups else { throw Problem(.quotaExceeded, "there are \(mostGroups) groups", hint: "remove some") }
    }
}

extension PersonGroup {
    static func find(_ id: GroupID, _ database: Database) throws -> PersonGroup {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM personGroup WHERE id = ?", arguments: [id.rawValue])
        guard let row else { throw Problem(.notFound, "group not found: \(id)") }
        let members = try String.fetchAll(
            database, sql: "SELECT person FROM personGroupMember WHERE personGroup = ?", arguments: [id.rawValue])
        return try PersonGroup(row, members: Set(members.compactMap(PersonID.init(rawValue:))))
    }

    /// The groups of persons, or of the one that is named.
    static func references(of person: String?, _ database: Database) throws -> [String: [Reference]] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT person, id, name FROM personGroupMember JOIN personGroup ON personGroup.id = personGroup
                WHERE ? IS NULL OR person = ? ORDER BY name
                """, arguments: [person, person])
        var references: [String: [Reference]] = [:]
        for row in rows {
            guard let id = GroupID(rawValue: row["id"]) else { continue }
            references[row["person"], default: []].append(Reference(id: id, name: row["name"]))
        }
        return references
    }
}
