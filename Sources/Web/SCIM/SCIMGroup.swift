import Model
import Tenancy

/// A group as SCIM writes one, with the role that it carries.
enum SCIMGroup {
    static func writable(_ group: PersonGroup, _ base: String) -> [String: JSONValue] {
        var members: [String: JSONValue] = ["displayName": .string(group.name)]
        members["externalId"] = group.externalID.map(JSONValue.string)
        if !group.members.isEmpty {
            members["members"] = .array(
                group.members.map(\.rawValue).sorted().map {
                    ["value": .string($0), "$ref": .string("\(base)/Users/\($0)"), "type": "User"]
                })
        }
        if let role = group.role { members[SCIMSchema.role.id] = ["role": .string(role.rawValue)] }
        return members
    }

    static func json(_ group: PersonGroup, _ base: String) -> JSONValue {
        SCIMResource.complete(
            writable(group, base), .group, id: group.id.rawValue, created: group.created, changed: group.changed, base)
    }

    /// What a client's members say. With `namesRole`, a group that says nothing of a role has the one that it is called like.
    static func group(_ id: GroupID, _ members: [String: JSONValue], namesRole: Bool) throws(SCIMFault) -> PersonGroup {
        guard let name = members["displayName"]?.string else { throw SCIMFault(.invalidValue, "/displayName: missing") }
        var group = PersonGroup(id: id, name: name, externalID: members["externalId"]?.string)
        if let text = members[SCIMSchema.role.id]?["role"]?.string {
            guard let role = PersonGroup.role(called: text) else {
                throw SCIMFault(.invalidValue, "/\(SCIMSchema.role.id)/role: expected one of \(PersonGroup.roles.map(\.rawValue).joined(separator: ", "))")
            }
            group.role = role
        } else if namesRole {
            group.role = PersonGroup.role(called: name)
        }
        for member in members["members"]?.array ?? [] {
            guard let id = member["value"]?.string.flatMap(PersonID.init(rawValue:)) else {
                throw SCIMFault(.invalidValue, "/members/value: not the id of a person")
            }
            group.members.insert(id)
        }
        return group
    }
}

/// What all resources have in common.
enum SCIMResource {
    static func complete(
        _ members: [String: JSONValue], _ type: SCIMResourceType, id: String, created: Int64, changed: Int64, _ base: String
    ) -> JSONValue {
        var members = members
        let schemas = [type.schema.id] + [type.extensions?.id].compactMap { $0 }.filter { members[$0] != nil }
        members["schemas"] = .array(schemas.map(JSONValue.string))
        members["id"] = .string(id)
        let version = EntityTag.of(.object(members))
        members["meta"] = [
            "resourceType": .string(type.name), "created": .string(Timestamp(milliseconds: created).description),
            "lastModified": .string(Timestamp(milliseconds: changed).description),
            "location": .string("\(base)\(type.endpoint)/\(id)"), "version": .string(version),
        ]
        return .object(members)
    }

    static func version(_ resource: JSONValue) -> String { resource["meta"]?["version"]?.string ?? "" }

    /// The resource with those of its attributes that the client wants: RFC 7644 section 3.9.
    static func selected(_ resource: JSONValue, of type: SCIMResourceType, _ wanted: String?, without unwanted: String?) -> JSONValue {
        guard var members = resource.object else { return resource }
        if let wanted {
            let paths = Self.paths(wanted, type)
            members = members.filter { name, _ in ["schemas", "id"].contains(name) || paths.contains { $0.attribute == name } }
            for (name, value) in members {
                let parts = paths.filter { $0.attribute == name }.map(\.part)
                guard !parts.isEmpty, !parts.contains(nil) else { continue }
                members[name] = value.mapObjects { object in object.filter { parts.contains($0.key) } }
            }
        } else if let unwanted {
            for path in Self.paths(unwanted, type) where path.attribute != "id" {
                members[path.attribute] = path.part.map { part in
                    members[path.attribute]?.mapObjects { object in object.filter { $0.key != part } }
                } ?? nil
            }
        }
        return .object(members)
    }

    /// Names of none are passed over.
    static func paths(_ list: String, _ type: SCIMResourceType) -> [SCIMAttributePath] {
        list.split(separator: ",").compactMap { try? SCIMAttributePath($0.trimming { $0 == " " }, of: type) }
    }
}

extension JSONValue {
    fileprivate func mapObjects(_ body: ([String: JSONValue]) -> [String: JSONValue]) -> JSONValue {
        switch self {
        case .object(let members): .object(body(members))
        case .array(let elements): .array(elements.map { $0.mapObjects(body) })
        default: self
        }
    }
}
