package import Model

/// What may be asked along with an installation or an update.
package struct PackageWishes: Hashable, Sendable {
    /// Grant what the manifest asks for.
    package var consents: Bool
    /// Enable the plugin when it is installed; an update leaves it as it is.
    package var enables: Bool
    package var configuration: JSONValue?
    /// Take a package that nobody has signed who signed the version in force, or the one that left data.
    package var acceptsNewSigner: Bool

    package init(
        consents: Bool = false, enables: Bool = false, configuration: JSONValue? = nil, acceptsNewSigner: Bool = false
    ) {
        self.acceptsNewSigner = acceptsNewSigner
        self.consents = consents
        self.enables = enables
        self.configuration = configuration
    }

    /// Takes the members `consent`, `enable`, `configuration` and `acceptNewSigner`.
    init(taking parameters: inout ControlParameters) throws(Problem) {
        consents = try parameters.members.optionalBool("consent") ?? false
        enables = try parameters.members.optionalBool("enable") ?? false
        configuration = try parameters.configuration()
        acceptsNewSigner = try parameters.members.optionalBool("acceptNewSigner") ?? false
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if consents { members["consent"] = true }
        if enables { members["enable"] = true }
        if acceptsNewSigner { members["acceptNewSigner"] = true }
        members["configuration"] = configuration
        return members
    }
}
