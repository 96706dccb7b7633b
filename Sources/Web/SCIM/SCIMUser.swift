import Model
import Tenancy

/// A person as SCIM writes one.
enum SCIMUser {
    /// What a client may write of it.
    static func writable(_ person: ProvisionedPerson) -> [String: JSONValue] {
        let profile = person.profile
        var members: [String: JSONValue] = [
            "userName": .string(profile.userName), "active": .bool(profile.isActive),
            "emails": [["value": .string(profile.email.text), "type": "work", "primary": true]],
        ]
        members["externalId"] = profile.externalID.map(JSONValue.string)
        members["displayName"] = profile.displayName.map(JSONValue.string)
        var name: [String: JSONValue] = [:]
        name["formatted"] = profile.formattedName.map(JSONValue.string)
        name["givenName"] = profile.givenName.map(JSONValue.string)
        name["familyName"] = profile.familyName.map(JSONValue.string)
        members["name"] = name.isEmpty ? nil : .object(name)
        return members
    }

    static func json(_ person: ProvisionedPerson, _ base: String) -> JSONValue {
        var members = writable(person)
        members["roles"] = [["value": .string(person.person.role.rawValue)]]
        if !person.groups.isEmpty {
            members["groups"] = .array(
                person.groups.map {
                    [
                        "value": .string($0.id.rawValue), "$ref": .string("\(base)/Groups/\($0.id)"),
                        "display": .string($0.name),
                    ]
                })
        }
        return SCIMResource.complete(
            members, .user, id: person.person.id.rawValue, created: person.person.created, changed: person.changed, base)
    }

    /// What a client's members say; `invalidValue` names what is missing.
    static func profile(_ members: [String: JSONValue]) throws(SCIMFault) -> PersonProfile {
        guard let userName = members["userName"]?.string else { throw SCIMFault(.invalidValue, "/userName: missing") }
        let emails = members["emails"]?.array ?? []
        let chosen = emails.last { $0["primary"] == true } ?? emails.first
        guard let text = chosen == nil ? userName : chosen?["value"]?.string else {
            throw SCIMFault(.invalidValue, "/emails/value: missing")
        }
        guard let email = try? EmailAddress(text) else {
            throw SCIMFault(.invalidValue, "/emails: an address like ada@example.com is needed, there or as userName")
        }
        var profile = PersonProfile(userName: userName, email: email, isActive: members["active"]?.bool ?? true)
        profile.externalID = members["externalId"]?.string
        profile.displayName = members["displayName"]?.string
        profile.formattedName = members["name"]?["formatted"]?.string
        profile.givenName = members["name"]?["givenName"]?.string
        profile.familyName = members["name"]?["familyName"]?.string
        return profile
    }

    /// The persons among which those that a filter means are, as the database finds them.
    static func selection(_ filter: SCIMFilter?) -> PersonSelection {
        guard let filter else { return .all }
        if let name = filter.equal(to: "userName") { return .userName(name) }
        if let id = filter.equal(to: "id") { return PersonID(rawValue: id).map(PersonSelection.id) ?? .nobody }
        if let id = filter.equal(to: "externalId") { return .externalID(id) }
        if let email = filter.equal(to: "emails", "value") { return .email(email) }
        return .all
    }
}
