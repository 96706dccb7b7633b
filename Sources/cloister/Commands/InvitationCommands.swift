import ArgumentParser
import Control
import Model

struct InvitationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invitation", abstract: "Look after invitations that nobody accepted yet.",
        subcommands: [InvitationListCommand.self, InvitationShowCommand.self, InvitationRevokeCommand.self])
}

struct InvitationListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List open invitations, never their text.")

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.people(.invitations(people.tenant))) {
            try PeopleText.table(InvitationReport.list($0), width: width)
        }
    }
}

struct InvitationShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show an open invitation, never its text.")

    @Argument(help: "The invitation's identifier, as invitation list shows it.", transform: InvitationID.init(_:))
    var invitation: InvitationID

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ client: ClientSession) async throws {
        let width = client.output.width
        try await client.show(.people(.invitation(people.tenant, invitation))) { try PeopleText.table([InvitationReport($0)], width: width) }
    }
}

struct InvitationRevokeCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Withdraw an invitation.")

    @Argument(help: "The invitation's identifier, as invitation list shows it.", transform: InvitationID.init(_:))
    var invitation: InvitationID

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.people(.revokeInvitation(people.tenant, invitation))) {
            "revoked \(try InvitationReport($0).id)\n"
        }
    }
}
