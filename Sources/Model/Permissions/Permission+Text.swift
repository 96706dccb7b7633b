extension Permission: CustomStringConvertible {
    /// `documents read, create (image/*; up to 50MiB)`.
    package var description: String {
        let conditions = conditions.description
        return "\(resource.rawValue) \(actions.joined(separator: ", "))" + (conditions.isEmpty ? "" : " (\(conditions))")
    }
}

extension Permission.Conditions: CustomStringConvertible {
    /// What narrows the permission, for people; empty where nothing does.
    package var description: String {
        var parts: [String] = []
        for words in [mediaTypes, names, hosts] { if let words { parts.append(words.joined(separator: ", ")) } }
        if let maximumSize { parts.append("up to \(maximumSize)") }
        if let pathPrefix { parts.append("below \(pathPrefix)") }
        if let ports { parts.append("port \(ports.map(String.init).joined(separator: ", "))") }
        if let methods { parts.append(methods.joined(separator: ", ")) }
        return parts.joined(separator: "; ")
    }
}

extension Permission {
    /// Reads what `json` wrote; nil for anything else. For what the host itself stored.
    package init?(_ value: JSONValue) {
        guard let resource = value["resource"]?.string.flatMap(Resource.init(rawValue:)),
            let actions = value["actions"]?.array?.compactMap(\.string), !actions.isEmpty,
            actions.allSatisfy(resource.actions.contains), let members = value["conditions"]?.object
        else { return nil }
        var conditions = Conditions()
        conditions.mediaTypes = members["media-types"]?.words
        conditions.maximumSize = members["max-size"]?.integer.map(ByteSize.init(bytes:))
        conditions.pathPrefix = members["path-prefix"]?.string
        conditions.names = members["names"]?.words
        conditions.hosts = members["hosts"]?.words
        conditions.ports = members["ports"]?.array?.compactMap { $0.integer.flatMap(Int.init(exactly:)) }
        conditions.methods = members["methods"]?.words
        self.init(resource, actions, conditions)
        // A condition that was not understood would widen the permission.
        guard json["conditions"] == value["conditions"] else { return nil }
    }
}

extension JSONValue {
    fileprivate var words: [String]? { array?.compactMap(\.string) }
}
