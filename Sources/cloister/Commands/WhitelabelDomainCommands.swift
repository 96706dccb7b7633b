import ArgumentParser
import Control
import Model

struct WhitelabelDomainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "domain", abstract: "Domains under which a tenant is served.",
        subcommands: [
            WhitelabelDomainAddCommand.self, WhitelabelDomainListCommand.self, WhitelabelDomainShowCommand.self,
            WhitelabelDomainCheckCommand.self, WhitelabelDomainDeleteCommand.self,
        ])
}

/// The domain that a command is about.
struct DomainOptions: ParsableArguments {
    @Argument(help: "The domain.")
    var domain: String

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID
}

struct WhitelabelDomainAddCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Claim a domain.",
        discussion: """
            One below the daemon's base domain is the tenant's at once; one of its own needs the records that are shown.
              cloister whitelabel domain add documents.acme.example --tenant acme
            """)

    @OptionGroup var about: DomainOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.whitelabel(.addDomain(about.tenant, about.domain))) { WhitelabelText.domain($0, width: width) }
    }
}

struct WhitelabelDomainListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List a tenant's domains.")

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.whitelabel(.domains(about.tenant))) { WhitelabelText.domains($0, width: width) }
    }
}

struct WhitelabelDomainShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show how far a domain has come, and the records that it needs.")

    @OptionGroup var about: DomainOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.whitelabel(.domain(about.tenant, about.domain))) { WhitelabelText.domain($0, width: width) }
    }
}

struct WhitelabelDomainCheckCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "check", abstract: "Ask DNS about a domain now.")

    @OptionGroup var about: DomainOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.whitelabel(.checkDomain(about.tenant, about.domain))) { WhitelabelText.domain($0, width: width) }
    }
}

struct WhitelabelDomainDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Give a domain up: nothing is served under it any more.")

    @OptionGroup var about: DomainOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.whitelabel(.deleteDomain(about.tenant, about.domain))) { _ in
            "deleted domain \(PlainText.escaping(about.domain)) of \(about.tenant)\n"
        }
    }
}
