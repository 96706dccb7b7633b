import Model
import Tenancy

/// A schema of SCIM, with the part of it that is kept here.
struct SCIMSchema: Sendable {
    let id: String
    let name: String
    let summary: String
    let attributes: [SCIMAttribute]

    static let user = SCIMSchema(
        id: "urn:ietf:params:scim:schemas:core:2.0:User", name: "User", summary: "A person of the tenant",
        attributes: [
            SCIMAttribute(name: "userName", isRequired: true, isUnique: true, summary: "By which the directory knows the person"),
            SCIMAttribute(
                name: "name", kind: .complex,
                parts: [
                    SCIMAttribute(name: "formatted"), SCIMAttribute(name: "familyName"), SCIMAttribute(name: "givenName"),
                ], summary: "The parts of the name"),
            SCIMAttribute(name: "displayName", summary: "What others read"),
            SCIMAttribute(
                name: "emails", kind: .complex, isMultiValued: true, isRequired: true,
                parts: [
                    SCIMAttribute(name: "value", isRequired: true, summary: "Unique in the tenant"),
                    SCIMAttribute(name: "type", choices: ["work"]), SCIMAttribute(name: "primary", kind: .boolean),
                ], summary: "The address by which the person logs in; of several the primary one. May be left out where userName is one"),
            SCIMAttribute(
                name: "active", kind: .boolean, isRequired: true,
                summary: "Who is not has no session, no key, and logs in no more. Left out, it stays as it is; of a new person it is true"),
            SCIMAttribute(
                name: "groups", kind: .complex, isMultiValued: true, mutability: .readOnly,
                parts: [
                    SCIMAttribute(name: "value", mutability: .readOnly),
                    SCIMAttribute(name: "$ref", kind: .reference, mutability: .readOnly, references: ["Group"]),
                    SCIMAttribute(name: "display", mutability: .readOnly),
                ], summary: "The groups that have the person as a member"),
            SCIMAttribute(
                name: "roles", kind: .complex, isMultiValued: true, mutability: .readOnly,
                parts: [SCIMAttribute(name: "value", mutability: .readOnly)], summary: "What the person may do in the tenant"),
        ])

    static let group = SCIMSchema(
        id: "urn:ietf:params:scim:schemas:core:2.0:Group", name: "Group", summary: "A group of the tenant's directory",
        attributes: [
            SCIMAttribute(name: "displayName", isRequired: true, isUnique: true, summary: "What the group is called"),
            SCIMAttribute(
                name: "members", kind: .complex, isMultiValued: true, mostValues: People.mostMemberships,
                parts: [
                    SCIMAttribute(name: "value", mutability: .immutable, summary: "The person's id"),
                    SCIMAttribute(name: "$ref", kind: .reference, mutability: .immutable, references: ["User"]),
                    SCIMAttribute(name: "type", mutability: .immutable, choices: ["User"]),
                ], summary: "Persons of the tenant"),
        ])

    /// What a group carries.
    static let role = SCIMSchema(
        id: "urn:cloister:scim:schemas:extension:Group", name: "GroupRole", summary: "The role that members of a group have",
        attributes: [
            SCIMAttribute(
                name: "role", choices: PersonGroup.roles.map(\.rawValue),
                summary:
                    "Left out in a new group, it is the role that the group is called like; where there is none, the group carries none. Left out later, it stays")
        ])

    static let all = [user, group, role]

    func json(_ base: String) -> JSONValue {
        [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": .string(id), "name": .string(name),
            "description": .string(summary), "attributes": .array(attributes.map(\.json)),
            "meta": ["resourceType": "Schema", "location": .string("\(base)/Schemas/\(id)")],
        ]
    }
}

/// A kind of resource: the schema of its own attributes, and an extension.
struct SCIMResourceType: Sendable {
    let name: String
    let endpoint: String
    let schema: SCIMSchema
    var extensions: SCIMSchema?

    static let user = SCIMResourceType(name: "User", endpoint: "/Users", schema: .user)
    static let group = SCIMResourceType(name: "Group", endpoint: "/Groups", schema: .group, extensions: .role)
    static let all = [user, group]

    /// Those that every resource has: RFC 7643 section 3.1.
    private static let common = [
        SCIMAttribute(name: "id", isCaseExact: true, mutability: .readOnly), SCIMAttribute(name: "externalId", isCaseExact: true),
        SCIMAttribute(
            name: "meta", kind: .complex, mutability: .readOnly,
            parts: [
                SCIMAttribute(name: "resourceType", mutability: .readOnly), SCIMAttribute(name: "created", kind: .dateTime, mutability: .readOnly),
                SCIMAttribute(name: "lastModified", kind: .dateTime, mutability: .readOnly),
                SCIMAttribute(name: "location", kind: .reference, mutability: .readOnly),
                SCIMAttribute(name: "version", isCaseExact: true, mutability: .readOnly),
            ]),
    ]

    /// Everything that a resource may have; an extension as one attribute under its own name.
    var attributes: [SCIMAttribute] {
        Self.common + schema.attributes + [extensions].compactMap { $0 }.map {
            SCIMAttribute(name: $0.id, kind: .complex, parts: $0.attributes)
        }
    }

    func json(_ base: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": .string(name), "name": .string(name),
            "endpoint": .string(endpoint), "description": .string(schema.summary), "schema": .string(schema.id),
            "meta": ["resourceType": "ResourceType", "location": .string("\(base)/ResourceTypes/\(name)")],
        ]
        if let extensions { members["schemaExtensions"] = [["schema": .string(extensions.id), "required": false]] }
        return .object(members)
    }

    /// What a client sent, as it is kept; `invalidValue` names what is of another kind, or missing.
    func read(_ members: [String: JSONValue]) throws(SCIMFault) -> [String: JSONValue] {
        let schemas = members.first { $0.key.lowercased() == "schemas" }?.value
        if let schemas {
            guard let list = schemas.array, list.allSatisfy({ $0.string != nil }) else {
                throw SCIMFault(.invalidSyntax, "/schemas: expected a list of names")
            }
            guard list.contains(where: { $0.string?.lowercased() == schema.id.lowercased() }) else {
                throw SCIMFault(.invalidValue, "/schemas: lacks \(schema.id)")
            }
        }
        return try attributes.canonical(members).filter { attributes.named($0.key)?.mutability != .readOnly }
    }
}
