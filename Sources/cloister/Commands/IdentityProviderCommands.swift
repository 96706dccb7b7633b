import ArgumentParser
import Control
import Model

struct IdentityProviderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity-provider", abstract: "Where a tenant's people may log in besides here: an OpenID provider.",
        subcommands: [
            IdentityProviderShowCommand.self, IdentityProviderSetCommand.self, IdentityProviderCheckCommand.self,
            IdentityProviderDeleteCommand.self,
        ])
}

struct IdentityProviderShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show the provider, without its secret.")

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.identityProvider(.show(about.tenant))) { IdentityProviderText.details($0, width: width) }
    }
}

struct IdentityProviderSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Set the provider; with --secret the client's secret is read from standard input.",
        discussion: """
              cloister identity-provider set https://login.example.com --tenant acme --name "Example ID" \\
                  --client-id cloister --domain example.com --role member --group "Cloister admins=admin" \\
                  --secret < secret.txt
            """)

    @Argument(help: "The issuer, exactly as the provider writes it.")
    var issuer: String

    @Option(help: ArgumentHelp("What the button says: Continue with …", valueName: "text"))
    var name: String

    @Option(help: ArgumentHelp("As whom the provider knows the tenant.", valueName: "text"))
    var clientId: String

    @Flag(help: "Read the client's secret from standard input; without this the kept one stays.")
    var secret = false

    @Option(help: ArgumentHelp("Whose addresses the provider may speak for; may stand several times.", valueName: "name"))
    var domain: [String]

    @Option(help: ArgumentHelp("What new people get; without it only known people come in.", valueName: "word"))
    var role: String?

    @Option(help: ArgumentHelp("What a group opens, as NAME=ROLE; may stand several times.", valueName: "text"))
    var group: [String] = []

    @Option(help: ArgumentHelp("The claim of ID tokens that names somebody's groups (without it: groups).", valueName: "text"))
    var groupsClaim: String?

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let text = secret ? SecretText(try SecretSetCommand.readValue()) : nil
        let wish = IdentityProviderRequest.Wish(
            name: name, issuer: issuer, client: clientId, secret: text, domains: domain, role: role,
            groupsClaim: groupsClaim, groups: try group.map(Self.groupRole))
        try await session.show(.identityProvider(.set(about.tenant, wish))) { IdentityProviderText.details($0, width: width) }
    }
}

extension IdentityProviderSetCommand {
    /// Names have equals signs, roles have none.
    private static func groupRole(_ text: String) throws -> IdentityProviderRequest.GroupRole {
        guard let sign = text.lastIndex(of: "="), sign != text.startIndex else {
            throw ValidationError("--group: expected NAME=ROLE, found \(text.debugDescription)")
        }
        return .init(group: String(text[..<sign]), role: String(text[text.index(after: sign)...]))
    }
}

struct IdentityProviderCheckCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "check", abstract: "Ask the provider now, as a login would.")

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.identityProvider(.check(about.tenant))) { IdentityProviderText.finding($0, width: width) }
    }
}

struct IdentityProviderDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Let nobody in by the provider any more; sessions that are open stay.")

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let tenant = about.tenant
        try await session.show(.identityProvider(.delete(tenant))) { _ in "removed the provider of \(tenant)\n" }
    }
}
