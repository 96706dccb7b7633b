import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let group = Parameter.path("group", .label(), "The group")
    private static let example: JSONValue = [
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Auditors", "urn:cloister:scim:schemas:extension:Group": ["role": "auditor"],
    ]

    static let scimGroups: [Route] = [
        Route(
            .get, "/scim/v2/Groups", "scim/groups/list", "The groups of a tenant's directory.", .key(scimAccess),
            parameters: scimListing, reply: .scim(.scimList(of: .scimGroup)), errors: [.notFound]
        ) { exchange in
            let (filter, page, base) = (try exchange.scimFilter(of: .group), exchange.scimPage, exchange.scimBase)
            let attributes = SCIMResourceType.group.attributes
            let looksAtMembers = filter?.mentions("members") ?? false
            let groups = try await exchange.people.groups(in: try exchange.tenant(), withMembers: exchange.wantsMembers || looksAtMembers)
            var found = groups
            if let filter {
                var budget = SCIMBudget()
                let values = groups.reduce(0) { $0 + 1 + (looksAtMembers ? $1.members.count : 0) }
                try budget.take(filter.cost, over: values, wayOut: "ask with fewer terms")
                found = groups.filter { filter.matches(SCIMGroup.json($0, base), attributes) }
            }
            let entries = found.dropFirst(page.start - 1).prefix(page.count).map { SCIMGroup.json($0, base) }
            return exchange.scim(list: entries, total: found.count, from: page.start, of: .group)
        },
        Route(
            .post, "/scim/v2/Groups", "scim/groups/create",
            "Makes a group. Where it carries a role, its members have that role.", .key(scimAccess), parameters: scimSelecting,
            body: .scim(.scimGroupWish), reply: .scim(.scimGroup, .created), errors: [.notFound, .conflict], example: example
        ) { exchange in
            let group = try SCIMGroup.group(.random(), try SCIMResourceType.group.read(exchange.members), namesRole: true)
            let (tenant, people) = (try exchange.tenant(), exchange.people)
            let made = try await exchange.provision("scim/groups/create", group.id.rawValue, in: tenant) {
                try await people.keep(group, isNew: true, in: tenant)
            }
            return exchange.scim(SCIMGroup.json(made, exchange.scimBase), of: .group, .created)
        },
        Route(
            .get, "/scim/v2/Groups/{group}", "scim/groups/show", "A group.", .key(scimAccess), parameters: [group] + scimSelecting,
            reply: .scim(.scimGroup), errors: [.notFound], isEditable: true
        ) { exchange in
            let found = try await exchange.people.group(try exchange.group(), in: try exchange.tenant())
            return exchange.scim(SCIMGroup.json(found, exchange.scimBase), of: .group)
        },
        Route(
            .put, "/scim/v2/Groups/{group}", "scim/groups/replace", "Says anew what a group is, and who is in it.",
            .key(scimAccess), parameters: [group] + scimSelecting, body: .scim(.scimGroupWish), reply: .scim(.scimGroup),
            errors: [.notFound, .conflict], example: example, isEditable: true
        ) { exchange in
            let members = try SCIMResourceType.group.read(exchange.members)
            let wish = try SCIMGroup.group(try exchange.group(), members, namesRole: false)
            return try await exchange.keep("scim/groups/replace") { current in
                var group = wish
                // A group gets no role, and loses none, by being called otherwise.
                if members[SCIMSchema.role.id] == nil { group.role = current.role }
                return group
            }
        },
        Route(
            .patch, "/scim/v2/Groups/{group}", "scim/groups/change", "Changes a group, as in RFC 7644 section 3.5.2.",
            .key(scimAccess), parameters: [group] + scimSelecting, body: .scim(.scimPatch), reply: .scim(.scimGroup),
            errors: [.notFound, .conflict],
            example: [
                "schemas": [.string(SCIMPatch.schema)], "Operations": [["op": "remove", "path": "members"]],
            ], isEditable: true
        ) { exchange in
            let (patch, base) = (try SCIMPatch(exchange.members, of: .group), exchange.scimBase)
            return try await exchange.keep("scim/groups/change") { group in
                try SCIMGroup.group(group.id, try patch.applied(to: SCIMGroup.writable(group, base)), namesRole: false)
            }
        },
        Route(
            .delete, "/scim/v2/Groups/{group}", "scim/groups/delete",
            "Removes a group. Its members have the roles of their other groups then.", .key(scimAccess), parameters: [group],
            reply: .nothing, errors: [.notFound], isEditable: true
        ) { exchange in
            let (id, tenant, people, base) = (try exchange.group(), try exchange.tenant(), exchange.people, exchange.scimBase)
            _ = try await exchange.provision("scim/groups/delete", id.rawValue, in: tenant, isBrake: true) {
                try exchange.checkVersion(of: SCIMGroup.json(try await people.group(id, in: tenant), base))
                return try await people.removeGroup(id, in: tenant)
            }
            return .nothing
        },
    ]
}

extension Exchange {
    fileprivate func group() throws(Problem) -> GroupID {
        guard let id = text("group").flatMap(GroupID.init(rawValue:)) else { throw Problem(.notFound, "group not found") }
        return id
    }

    /// Members of large groups are many: directories ask for groups without them.
    fileprivate var wantsMembers: Bool {
        if let wanted = text("attributes") { return SCIMResource.paths(wanted, .group).contains { $0.attribute == "members" } }
        return !SCIMResource.paths(text("excludedAttributes") ?? "", .group).contains { $0.attribute == "members" && $0.part == nil }
    }

    /// Puts another group in the place of the one of the path.
    fileprivate func keep(_ operation: String, _ change: @escaping @Sendable (PersonGroup) throws -> PersonGroup) async throws -> Answer {
        let (id, tenant, people, base) = (try group(), try tenant(), people, scimBase)
        let kept = try await provision(operation, id.rawValue, in: tenant) {
            let current = try await people.group(id, in: tenant)
            try checkVersion(of: SCIMGroup.json(current, base))
            return try await people.keep(try change(current), isNew: false, in: tenant)
        }
        return scim(SCIMGroup.json(kept, base), of: .group)
    }
}
