import ArgumentParser
import Control
import Model

struct PersonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person", abstract: "Invite persons and look after their roles.",
        subcommands: [PersonInviteCommand.self, PersonListCommand.self, PersonShowCommand.self, PersonRoleCommand.self, PersonRemoveCommand.self])
}

/// Whose people a command is about.
struct PeopleOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The tenant; the platform itself without it.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID?
}

struct PersonInviteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite", abstract: "Invite somebody; the text to accept it with is shown this once.",
        discussion: """
            Roles of a tenant: owner, admin, builder, billing, auditor, member. Of the platform: platform-owner, \
            platform-reviewer, platform-support.
              cloister person invite ada@example.com --tenant acme --role owner
            """)

    @Argument(help: "The e-mail address.")
    var email: String

    @Option(help: ArgumentHelp("What the person will be.", valueName: "word"))
    var role: String

    @Option(help: ArgumentHelp("Days until it expires, at most 30; 7 without.", valueName: "number"))
    var days: Int?

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.people(.invite(people.tenant, email: email, role: role, days: days))) {
            try PeopleText.details(InvitationReport($0), width: width)
        }
    }
}

struct PersonListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List persons and their roles.")

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.people(.list(people.tenant))) { try PeopleText.table(PersonReport.list($0), width: width) }
    }
}

struct PersonShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a person.")

    @Argument(help: "The person's identifier, as person list shows it.", transform: PersonID.init(_:))
    var person: PersonID

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ client: ClientSession) async throws {
        let width = client.output.width
        try await client.show(.people(.show(people.tenant, person))) { try PeopleText.table([PersonReport($0)], width: width) }
    }
}

struct PersonRoleCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Give a person another role; it ends the person's sessions.")

    @Argument(help: "The person's identifier, as person list shows it.", transform: PersonID.init(_:))
    var person: PersonID

    @Argument(help: "The role.")
    var role: String

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.people(.role(people.tenant, person, role: role))) {
            let person = try PersonReport($0)
            return "\(person.id) is \(person.role)\n"
        }
    }
}

struct PersonRemoveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a person; the person's sessions end, keys stay.")

    @Argument(help: "The person's identifier, as person list shows it.", transform: PersonID.init(_:))
    var person: PersonID

    @Flag(help: "Revoke the keys that the person made, too.")
    var keys = false

    @OptionGroup var people: PeopleOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.people(.remove(people.tenant, person, revokesKeys: keys))) {
            "removed \(try PersonReport($0).id)\n"
        }
    }
}
