import HTTPTypes
import Model
import Store
import Tenancy
import Testing

@testable import Web
@testable import cloister

/// Every route against everybody who may come: the table of authorisation over real requests.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AuthorisationTests {
    @Test func `each route opens to whom the table says, and to nobody else`() async throws {
        try await WebFixture.with { web in
            let (acme, globex) = (TenantID(unchecked: "acme"), TenantID(unchecked: "globex"))
            for tenant in [acme, globex] { _ = try await web.host.daemon.store.createTenant(tenant) }
            for route in Routes.all {
                let own = Self.path(route, tenant: "acme")
                let other = Self.path(route, tenant: "globex")
                let nobody = try await Self.status(web, route, own, key: "")
                if route.access == .everybody {
                    // What is presented there is no key: a password, the text of an invitation, a link.
                    let refusals = [
                        "login": 401, "invitation/accept": 404, "workflow/receive": 404, "workflow/receive-at-host": 404,
                        "workflow/shared": 404, "workflow/shared-at-host": 404,
                    ]
                    #expect(nobody == 200 || refusals[route.operation] == nobody, "\(route.operation)")
                    continue
                }
                #expect(nobody == 401, "\(route.operation)")
                guard case .key(let access) = route.access else {
                    let mine = try await Self.status(web, route, own, key: web.operatorKey)
                    #expect(mine == 403, "\(route.operation) with a key")
                    continue
                }
                let wrong = KeyText.random(for: .live).text
                #expect(try await Self.status(web, route, own, key: wrong) == 401, "\(route.operation)")

                let lacking = Scope.allCases.filter { $0 != access.scope }
                for tenant in [nil, acme] {
                    let key = try await web.key(lacking, tenant: tenant)
                    #expect(try await Self.status(web, route, own, key: key) == 403, "\(route.operation) without its scope")
                }
                let bound = try await web.key(Self.scopes(route, access), tenant: acme)
                let mine = try await Self.status(web, route, own, key: bound)
                #expect((mine == 403) == (access.reach == .daemon), "\(route.operation) of the own tenant: \(mine)")
                let theirs = try await Self.status(web, route, other, key: bound)
                let isAboutNoTenant = ["key/show", "key/revoke"].contains(route.operation) || access.reach == .daemon
                #expect(theirs == 403 || isAboutNoTenant, "\(route.operation) of another tenant: \(theirs)")

                // Last, for it may do what the route says: what it is about is not there, but for tenants.
                guard route.operation != "tenant/delete" else { continue }
                let operators = try await web.key(Self.scopes(route, access), tenant: nil)
                let all = try await Self.status(web, route, other, key: operators)
                #expect(all != 401 && all != 403, "\(route.operation) of an operator: \(all)")
            }
        }
    }

    @Test func `a bound key cannot make a wider one, nor see or revoke those of others`() async throws {
        try await WebFixture.with { web in
            for id in ["acme", "globex"] { _ = try await web.host.daemon.store.createTenant(TenantID(unchecked: id)) }
            let key = try await web.key([.keysRead, .keysWrite, .pluginsCall], tenant: TenantID(unchecked: "acme"))
            let made = try await web.send("POST", "/api/keys", ["name": "ci", "scopes": ["plugins:call"]], key: key)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["tenant"] == "acme")
            #expect(try await web.send("POST", "/api/keys", ["name": "x", "scopes": ["secrets:read"]], key: key).status == 403)
            #expect(try await web.send("POST", "/api/keys?tenant=globex", ["name": "x", "scopes": ["plugins:call"]], key: key).status == 403)
            let seen = try await web.send("GET", "/api/keys", key: key).json["keys"]?.array ?? []
            #expect(seen.count == 2)
            #expect(seen.allSatisfy { $0["tenant"] == "acme" && $0["text"] == nil })
            let foreign = web.host.daemon.keys.list(tenant: nil).first { $0.tenant == nil }?.id.rawValue ?? ""
            #expect(try await web.send("DELETE", "/api/keys/\(foreign)", key: key).status == 404)
            let text = made.json["text"]?.string ?? ""
            #expect(try await web.send("GET", "/api/keys", key: text).status == 403)
            #expect(try await web.send("DELETE", "/api/keys/\(made.json["id"]?.string ?? "")", key: key).status == 204)
            #expect(try await web.send("GET", "/api/keys", key: text).status == 401)
        }
    }

    static func status(_ web: WebFixture, _ route: Route, _ path: String, key: String) async throws -> Int {
        switch route.body {
        case .none, .form: try await web.send(route.method.rawValue, path, key: key).status
        case .json, .scim, .message: try await web.send(route.method.rawValue, path, body(route), key: key).status
        case .bytes:
            try await web.send(
                route.method.rawValue, path, bytes: [1], key: key, headers: headers(route)
            ).status
        }
    }

    /// Those that a body of bytes needs, and those that the route asks for.
    static func headers(_ route: Route) -> [String] {
        let asked = route.parameters.filter { $0.place == .header }.map { "\($0.name): \($0.schema.type == "integer" ? "0" : "?0")" }
        return ["Content-Type: application/octet-stream"] + asked
    }

    /// Whoever invites has what the role of the invitation opens, and whoever chooses a provider what some role does.
    private static func scopes(_ route: Route, _ access: Access) -> [Scope] {
        [access.scope] + (["person/invite", "identity-provider/set"].contains(route.operation) ? Array(Role.member.scopes) : [])
    }

    /// A key hands on no more than it has: the scope of the route itself.
    static func body(_ route: Route) -> JSONValue {
        route.operation == "key/create" ? ["name": "some", "scopes": ["keys:write"]] : route.example ?? [:]
    }

    /// The route about things that are not there, of a tenant that is.
    static func path(_ route: Route, tenant: String) -> String {
        let isTenant = route.path.description.hasPrefix("/api/tenants/{id}")
        let path = route.path.segments.map { segment in
            switch segment {
            case .literal(let text): text
            case .parameter: isTenant ? tenant : "nothing"
            }
        }.joined(separator: "/")
        let query = route.parameters.filter { $0.place == .query }.compactMap { parameter in
            parameter.name == "tenant" ? "tenant=\(tenant)" : parameter.isRequired ? "\(parameter.name)=some" : nil
        }
        return "/" + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}
