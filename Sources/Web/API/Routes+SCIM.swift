import HTTPTypes
import Model
import Tenancy

/// Persons and groups as directories look after them: SCIM 2.0 (RFC 7643, RFC 7644). Another way to say what `/api/people`
/// says, so that it has no requests of its own at the control socket.
extension Routes {
    static let scimPageSize = 100
    static let scimAccess = Access(.peopleProvision, of: .tenant)

    static let scim = scimDescriptions + scimUsers + scimGroups

    static let scimSelecting: [Parameter] = [
        .query("attributes", .string(length: 1...2000), "The attributes to answer, with commas between"),
        .query("excludedAttributes", .string(length: 1...2000), "Those not to answer"),
    ]

    static let scimListing: [Parameter] = scimSelecting + [
        .query("filter", .string(length: 1...SCIMFilter.longest), "Which are meant, as in RFC 7644 section 3.4.2.2"),
        .query("startIndex", .integer(), "The first, counted from 1"),
        .query("count", .integer(), "How many at most; more than \(scimPageSize) are \(scimPageSize)"),
    ]

    private static let scimDescriptions: [Route] = [
        Route(
            .get, "/scim/v2/ServiceProviderConfig", "scim/configuration", "What of SCIM is served.", .key(scimAccess),
            reply: .scim(.scimDescription)
        ) { exchange in .scim(configuration(exchange.scimBase)) },
        Route(
            .get, "/scim/v2/ResourceTypes", "scim/resource-types", "The kinds of resources.", .key(scimAccess),
            reply: .scim(.scimList(of: .scimDescription))
        ) { exchange in
            exchange.scim(list: SCIMResourceType.all.map { $0.json(exchange.scimBase) }, total: SCIMResourceType.all.count, from: 1, of: .user)
        },
        Route(
            .get, "/scim/v2/ResourceTypes/{type}", "scim/resource-type", "A kind of resources.", .key(scimAccess),
            parameters: [.path("type", .string(), "User or Group")], reply: .scim(.scimDescription), errors: [.notFound]
        ) { exchange in
            guard let type = SCIMResourceType.all.first(where: { $0.name == exchange.text("type") }) else {
                throw Problem(.notFound, "no such kind of resource")
            }
            return .scim(type.json(exchange.scimBase))
        },
        Route(
            .get, "/scim/v2/Schemas", "scim/schemas", "The schemas of the resources.", .key(scimAccess),
            reply: .scim(.scimList(of: .scimDescription))
        ) { exchange in
            exchange.scim(list: SCIMSchema.all.map { $0.json(exchange.scimBase) }, total: SCIMSchema.all.count, from: 1, of: .user)
        },
        Route(
            .get, "/scim/v2/Schemas/{schema}", "scim/schema", "A schema.", .key(scimAccess),
            parameters: [.path("schema", .string(), "Its name")], reply: .scim(.scimDescription), errors: [.notFound]
        ) { exchange in
            guard let schema = SCIMSchema.all.first(where: { $0.id == exchange.text("schema") }) else {
                throw Problem(.notFound, "no such schema")
            }
            return .scim(schema.json(exchange.scimBase))
        },
    ]

    private static func configuration(_ base: String) -> JSONValue {
        [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": ["supported": true], "bulk": ["supported": false, "maxOperations": 0, "maxPayloadSize": 0],
            "filter": ["supported": true, "maxResults": JSONValue(scimPageSize)], "changePassword": ["supported": false],
            "sort": ["supported": false], "etag": ["supported": true],
            "authenticationSchemes": [
                [
                    "type": "oauthbearertoken", "name": "API key",
                    "description": "A key of the tenant with the scope people:provision, as a bearer token", "primary": true,
                ]
            ],
            "meta": ["resourceType": "ServiceProviderConfig", "location": .string("\(base)/ServiceProviderConfig")],
        ]
    }
}
