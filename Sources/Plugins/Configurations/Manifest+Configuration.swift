package import Model

extension Manifest {
    /// Largest configuration, as JSON.
    package static let configurationSize = ByteSize.kibibytes(256)

    /// What the plugin gets: what was given, with the manifest's defaults filled in. Throws `invalidConfiguration` with a
    /// line for each thing that is wrong, none of which quotes a value.
    package func configuration(from given: JSONValue) throws(Problem) -> JSONValue {
        let subject = "configuration of \(id)"
        guard let members = given.object else {
            throw Problem(.invalidConfiguration, "\(subject): expected object, found \(given.kind)")
        }
        guard let schema = configurationSchema else {
            guard members.isEmpty else {
                throw Problem(
                    .invalidConfiguration, "\(subject): the plugin takes none",
                    hint: "its manifest describes no configuration")
            }
            return given
        }
        let configuration = schema.applyingDefaults(to: given)
        guard configuration.bytes.count <= Int(Self.configurationSize.bytes) else {
            throw Problem(.invalidConfiguration, "\(subject): larger than \(Self.configurationSize)")
        }
        try schema.check(configuration, as: subject, code: .invalidConfiguration)
        return configuration
    }

    /// What was given, with those secrets of an earlier configuration that it has as they are shown: whoever reads one, changes
    /// something else and gives it back keeps them. Throws `invalidConfiguration` where there was none in that place, and within
    /// lists, where nobody can say which one is meant.
    func configuration(_ given: JSONValue, withSecretsOf earlier: JSONValue) throws(Problem) -> JSONValue {
        // With another text instead, what is shown as a secret is in the place of one.
        let marked = shown(Self.unconcealed(given))
        return try filled(given, earlier, shown(earlier), marked, at: "")
    }

    private func filled(
        _ given: JSONValue, _ earlier: JSONValue?, _ shownEarlier: JSONValue?, _ marked: JSONValue?, at place: String
    ) throws(Problem) -> JSONValue {
        let concealed = JSONValue.string(JSONSchema.concealed)
        if given == concealed, marked == concealed {
            guard shownEarlier == concealed, let earlier else {
                throw Problem(
                    .invalidConfiguration, "configuration of \(id): \(place): there is no secret to be kept",
                    hint: "\(JSONSchema.concealed) stands for the one that is there; write the secret itself")
            }
            return earlier
        }
        switch given {
        case .object(let members):
            var filled: [String: JSONValue] = [:]
            for (name, member) in members {
                filled[name] = try self.filled(
                    member, earlier?[name], shownEarlier?[name], marked?[name], at: "\(place)/\(name.prefix(80))")
            }
            return .object(filled)
        case .array(let elements):
            let marks = marked?.array ?? []
            var filled: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                filled.append(
                    try self.filled(element, nil, nil, index < marks.count ? marks[index] : nil, at: "\(place)/\(index)"))
            }
            return .array(filled)
        default: return given
        }
    }

    private static func unconcealed(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members): .object(members.mapValues(unconcealed))
        case .array(let elements): .array(elements.map(unconcealed))
        default: value == .string(JSONSchema.concealed) ? "" : value
        }
    }

    /// A configuration as it may be shown: without its secrets.
    package func shown(_ configuration: JSONValue) -> JSONValue {
        configurationSchema?.concealingSecrets(in: configuration) ?? configuration
    }
}
