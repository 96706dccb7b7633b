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

    /// A configuration as it may be shown: without its secrets.
    package func shown(_ configuration: JSONValue) -> JSONValue {
        configurationSchema?.concealingSecrets(in: configuration) ?? configuration
    }
}
