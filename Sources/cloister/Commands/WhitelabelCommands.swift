import ArgumentParser
import Control
import Model

struct WhitelabelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whitelabel", abstract: "A tenant's own look, its domains, and the features that it has.",
        subcommands: [
            WhitelabelConfigCommand.self, WhitelabelDomainCommand.self, WhitelabelFeaturesCommand.self,
            WhitelabelLogoCommand.self,
        ])
}

struct WhitelabelConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Name, colours, fonts and style of a tenant's pages.",
        subcommands: [WhitelabelConfigShowCommand.self, WhitelabelConfigSetCommand.self])
}

/// The tenant that a command is about.
struct TenantOption: ParsableArguments {
    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID
}

struct WhitelabelConfigShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the configuration, its contrast, and what of the style is dropped.")

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.whitelabel(.config(about.tenant))) { WhitelabelText.config($0, width: width) }
    }
}

struct WhitelabelConfigSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set the whole configuration from a file.",
        discussion: """
            What the file leaves out is the standard's.
              cloister whitelabel config set --tenant acme branding.yaml
            """)

    @Argument(help: "The configuration's file, YAML or JSON.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let configuration = try YAMLNode.load(file: file).value
        try await session.show(.whitelabel(.setConfig(about.tenant, configuration))) { WhitelabelText.config($0, width: width) }
    }
}

struct WhitelabelFeaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Which features a tenant has.",
        subcommands: [WhitelabelFeaturesShowCommand.self, WhitelabelFeaturesSetCommand.self])
}

struct WhitelabelFeaturesShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show which features a tenant has.")

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.whitelabel(.features(about.tenant)), human: WhitelabelText.features)
    }
}

struct WhitelabelFeaturesSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Turn features of a tenant on and off.",
        discussion: """
            What is not named stays as it is.
              cloister whitelabel features set --tenant acme --off hooks --on documents
            """)

    @Option(help: ArgumentHelp("A feature to turn on; may stand several times.", valueName: "feature"))
    var on: [String] = []

    @Option(help: ArgumentHelp("A feature to turn off; may stand several times.", valueName: "feature"))
    var off: [String] = []

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func validate() throws {
        if let both = on.first(where: off.contains) { throw ValidationError("\(both) cannot be both on and off") }
        if on.isEmpty, off.isEmpty { throw ValidationError("name a feature with --on or --off") }
    }

    func execute(_ session: ClientSession) async throws {
        let changes = Dictionary((on.map { ($0, true) } + off.map { ($0, false) }), uniquingKeysWith: { $1 })
        try await session.show(.whitelabel(.setFeatures(about.tenant, changes)), human: WhitelabelText.features)
    }
}
