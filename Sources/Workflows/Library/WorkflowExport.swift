package import Model

/// A definition as it leaves the house: without anything that looks like a secret, and with the places where something was
/// taken out.
///
/// Nothing in a definition ought to be a secret, for everybody who may read workflows reads it. What somebody wrote there
/// all the same does not go further.
package struct WorkflowExport: Sendable, Hashable {
    package let definition: JSONValue
    /// In the order of the document.
    package let stripped: [JSONPointer]

    /// What stands in the place of a secret.
    package static let placeholder = "(removed: looked like a secret)"

    package init(_ definition: JSONValue) {
        var stripping = SecretStripping()
        let members = (definition.object ?? [:]).filter { $0.key != "status" }
        self.definition = stripping.strip(.object(members), JSONPointer(), isNamed: false)
        stripped = stripping.places
    }
}

private struct SecretStripping {
    private(set) var places: [JSONPointer] = []

    mutating func strip(_ value: JSONValue, _ pointer: JSONPointer, isNamed: Bool) -> JSONValue {
        switch value {
        case .object(let members):
            var result = members
            let secrets = Self.secretProperties(of: members)
            for key in members.keys.sorted() {
                guard let member = members[key] else { continue }
                let isSecret = (isNamed || SecretLook.isName(key)) && !SecretLook.isDescription(member) && !SecretLook.isNaming(member, as: key)
                let place = pointer.appending(key)
                // A schema says of a property that it is secret; its default would be one.
                if key == "properties", let properties = member.object, !secrets.isEmpty {
                    result[key] = stripDefaults(properties, secrets, place)
                } else {
                    result[key] = strip(member, place, isNamed: isSecret)
                }
            }
            return .object(result)
        case .array(let elements):
            return .array(elements.enumerated().map { strip($1, pointer.appending($0), isNamed: isNamed) })
        case .string(let text):
            guard SecretLook.isSecret(text) || (isNamed && !text.isEmpty && !SecretLook.isReference(text)) else { return value }
            places.append(pointer)
            return .string(WorkflowExport.placeholder)
        case .integer, .number:
            guard isNamed else { return value }
            places.append(pointer)
            return .string(WorkflowExport.placeholder)
        case .null, .bool: return value
        }
    }

    private static func secretProperties(of members: [String: JSONValue]) -> Set<String> {
        Set((members["properties"]?.object ?? [:]).filter { $0.value["secret"] == true }.keys)
    }

    private mutating func stripDefaults(
        _ properties: [String: JSONValue], _ secrets: Set<String>, _ pointer: JSONPointer
    ) -> JSONValue {
        var result = properties
        for key in properties.keys.sorted() {
            guard var schema = properties[key] else { continue }
            let place = pointer.appending(key)
            if secrets.contains(key), var members = schema.object {
                for name in ["default", "const", "enum", "examples"] where members[name] != nil {
                    members[name] = nil
                    places.append(place.appending(name))
                }
                schema = .object(members)
            }
            result[key] = strip(schema, place, isNamed: false)
        }
        return .object(result)
    }
}
