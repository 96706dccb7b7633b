import ArgumentParser
import Control
import Model

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make and revoke keys of the HTTP API.",
        subcommands: [KeyCreateCommand.self, KeyListCommand.self, KeyShowCommand.self, KeyRevokeCommand.self])
}

struct KeyCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key; it is shown this once.",
        discussion: """
            With --tenant the key opens what belongs to that tenant, without it the whole daemon.
              cloister key create "document platform" --tenant acme --scope plugins:call --scope documents:write
            """)

    @Argument(help: "What you call it.")
    var name: String

    @Option(help: ArgumentHelp("The tenant to which it is bound.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID?

    @Option(help: ArgumentHelp("What it opens; may stand several times.", valueName: "scope"))
    var scope: [String]

    @Option(help: ArgumentHelp("Days until it expires; without, it never does.", valueName: "number"))
    var days: Int?

    @Option(help: ArgumentHelp("Where it is meant to be used: live or test.", valueName: "word"))
    var environment: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let request = KeyRequest(name: name, tenant: tenant, scopes: scope, environment: environment, days: days)
        try await session.show(.keyCreate(request)) { try KeyReportText.details(KeyReport($0), width: width) }
    }
}

struct KeyListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List keys, never their text.")

    @Option(help: ArgumentHelp("Those of one tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.keyList(tenant)) { try KeyReportText.table(KeyReport.list($0), width: width) }
    }
}

struct KeyShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a key, never its text.")

    @Argument(help: "The key's identifier, as key list shows it.", transform: KeyID.init(_:))
    var key: KeyID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.keyShow(key)) { try KeyReportText.table([KeyReport($0)], width: width) }
    }
}

struct KeyRevokeCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Revoke a key: it opens nothing any more.")

    @Argument(help: "The key's identifier, as key list shows it.", transform: KeyID.init(_:))
    var key: KeyID

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.keyRevoke(key)) { "revoked \(try KeyReport($0).id)\n" }
    }
}
