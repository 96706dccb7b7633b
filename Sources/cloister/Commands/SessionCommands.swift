import ArgumentParser
import Control
import Model

struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Look after the sessions of persons who are logged in.",
        subcommands: [SessionListCommand.self, SessionShowCommand.self, SessionRevokeCommand.self])
}

struct SessionListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List open sessions, the one used last first.")

    @Option(help: ArgumentHelp("Those of one person.", valueName: "id"), transform: PersonID.init(_:))
    var person: PersonID?

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.people(.sessions(people.tenant, of: person))) {
            try PeopleText.table(SessionReport.list($0), width: width)
        }
    }
}

struct SessionShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show an open session.")

    @Argument(help: "The session's identifier, as session list shows it.", transform: SessionID.init(_:))
    var session: SessionID

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ client: ClientSession) async throws {
        let width = client.output.width
        try await client.show(.people(.session(people.tenant, session, of: nil))) { try PeopleText.table([SessionReport($0)], width: width) }
    }
}

struct SessionRevokeCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "End a session: its person must log in again.")

    @Argument(help: "The session's identifier, as session list shows it.", transform: SessionID.init(_:))
    var session: SessionID

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ client: ClientSession) async throws {
        try await client.show(.people(.revokeSession(people.tenant, session, of: nil))) {
            "revoked \(try SessionReport($0).id)\n"
        }
    }
}
