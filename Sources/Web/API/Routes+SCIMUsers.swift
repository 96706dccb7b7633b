import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let user = Parameter.path("user", .label(), "The person")
    private static let example: JSONValue = [
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com", "displayName": "Ada Lovelace",
    ]

    static let scimUsers: [Route] = [
        Route(
            .get, "/scim/v2/Users", "scim/users/list", "The persons of a tenant, in the order in which they came.", .key(scimAccess),
            parameters: scimListing, reply: .scim(.scimList(of: .scimUser)), errors: [.notFound]
        ) { exchange in
            let (filter, page) = (try exchange.scimFilter(of: .user), exchange.scimPage)
            let (tenant, base) = (try exchange.tenant(), exchange.scimBase)
            guard let filter else {
                let found = try await exchange.people.provisioned(in: tenant, .all, offset: page.start - 1, limit: page.count)
                return exchange.scim(list: found.page.map { SCIMUser.json($0, base) }, total: found.total, from: page.start, of: .user)
            }
            let attributes = SCIMResourceType.user.attributes
            let selected = try await exchange.people.provisioned(in: tenant, SCIMUser.selection(filter)).page
            var budget = SCIMBudget()
            // A term about groups looks at all that a person is in.
            try budget.take(filter.cost, over: selected.reduce(0) { $0 + 1 + $1.groups.count }, wayOut: "ask with fewer terms")
            let found = selected.map { SCIMUser.json($0, base) }.filter { filter.matches($0, attributes) }
            let entries = found.dropFirst(page.start - 1).prefix(page.count)
            return exchange.scim(list: Array(entries), total: found.count, from: page.start, of: .user)
        },
        Route(
            .post, "/scim/v2/Users", "scim/users/create",
            "Makes a person with the role of a member, who has no password until the person sets one.", .key(scimAccess),
            parameters: scimSelecting, body: .scim(.scimUserWish), reply: .scim(.scimUser, .created), errors: [.notFound, .conflict],
            example: example
        ) { exchange in
            let profile = try SCIMUser.profile(try SCIMResourceType.user.read(exchange.members))
            let (id, tenant, people) = (PersonID.random(), try exchange.tenant(), exchange.people)
            let person = try await exchange.provision("scim/users/create", id.rawValue, in: tenant) {
                ProvisioningOutcome(subject: try await people.provision(id, profile, in: tenant))
            }
            return exchange.scim(SCIMUser.json(person, exchange.scimBase), of: .user, .created)
        },
        Route(
            .get, "/scim/v2/Users/{user}", "scim/users/show", "A person.", .key(scimAccess), parameters: [user] + scimSelecting,
            reply: .scim(.scimUser), errors: [.notFound], isEditable: true
        ) { exchange in
            let person = try await exchange.people.provisioned(try exchange.person(), in: try exchange.tenant())
            return exchange.scim(SCIMUser.json(person, exchange.scimBase), of: .user)
        },
        Route(
            .put, "/scim/v2/Users/{user}", "scim/users/replace",
            "Says anew what a person is. Who is active no more is out at once, with sessions, keys and invitations.",
            .key(scimAccess), parameters: [user] + scimSelecting, body: .scim(.scimUserWish), reply: .scim(.scimUser),
            errors: [.notFound, .conflict], example: example, isEditable: true
        ) { exchange in
            let members = try SCIMResourceType.user.read(exchange.members)
            let wish = try SCIMUser.profile(members)
            return try await exchange.revise("scim/users/replace") { person in
                var profile = wish
                // Nobody who was put to rest comes back because a directory did not mention it.
                if members["active"] == nil { profile.isActive = person.profile.isActive }
                return profile
            }
        },
        Route(
            .patch, "/scim/v2/Users/{user}", "scim/users/change", "Changes what a person is, as in RFC 7644 section 3.5.2.",
            .key(scimAccess), parameters: [user] + scimSelecting, body: .scim(.scimPatch), reply: .scim(.scimUser),
            errors: [.notFound, .conflict],
            example: [
                "schemas": [.string(SCIMPatch.schema)], "Operations": [["op": "replace", "path": "active", "value": false]],
            ], isEditable: true
        ) { exchange in
            let patch = try SCIMPatch(exchange.members, of: .user)
            return try await exchange.revise("scim/users/change") { person in
                try SCIMUser.profile(try patch.applied(to: SCIMUser.writable(person)))
            }
        },
        Route(
            .delete, "/scim/v2/Users/{user}", "scim/users/delete", "Removes a person, with sessions, keys and invitations.",
            .key(scimAccess), parameters: [user], reply: .nothing, errors: [.notFound, .conflict], isEditable: true
        ) { exchange in
            let (id, tenant, people, principal) = (try exchange.person(), try exchange.tenant(), exchange.people, exchange.requester.principal)
            let base = exchange.scimBase
            _ = try await exchange.provision("scim/users/delete", id.rawValue, in: tenant, isBrake: true) {
                try exchange.checkVersion(of: SCIMUser.json(try await people.provisioned(id, in: tenant), base))
                return try await people.deprovision(id, in: tenant, by: principal)
            }
            return .nothing
        },
    ]
}

extension Exchange {
    /// The one of the path; there is none by a name that none has.
    fileprivate func person() throws(Problem) -> PersonID {
        guard let id = text("user").flatMap(PersonID.init(rawValue:)) else { throw Problem(.notFound, "person not found") }
        return id
    }

    /// Puts another profile in the place of the person's.
    fileprivate func revise(
        _ operation: String, _ profile: @escaping @Sendable (ProvisionedPerson) throws -> PersonProfile
    ) async throws -> Answer {
        let (id, tenant, people, principal, base) = (try person(), try tenant(), people, requester.principal, scimBase)
        let revised = try await provision(operation, id.rawValue, in: tenant) {
            let current = try await people.provisioned(id, in: tenant)
            try checkVersion(of: SCIMUser.json(current, base))
            let outcome = try await people.revise(id, try profile(current), in: tenant, by: principal)
            // Whoever had the account is told where it was, whoever has it now where it is.
            if outcome.subject.person.email != current.person.email {
                await port.tell(outcome.subject.person, of: .emailChanged, also: current.person.email)
            }
            return outcome
        }
        return scim(SCIMUser.json(revised, base), of: .user)
    }
}
