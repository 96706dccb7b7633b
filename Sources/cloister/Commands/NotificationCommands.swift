import ArgumentParser
import Control
import Model

struct NotificationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notification", abstract: "What a person of a tenant was told of.",
        subcommands: [NotificationListCommand.self, NotificationReadCommand.self, NotificationPreferencesCommand.self])
}

/// Whose inbox a command is about.
struct InboxOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @Option(help: ArgumentHelp("The person, as person list shows it.", valueName: "id"), transform: PersonID.init(_:))
    var person: PersonID
}

/// Which part of a long list.
struct PageOptions: ParsableArguments, Sendable {
    @Option(help: ArgumentHelp("Behind this one, as the last page said.", valueName: "number"))
    var cursor: Int64?

    @Option(help: ArgumentHelp("How many at most, up to 100.", valueName: "number"))
    var limit = 50
}

struct NotificationListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List notices, the newest first.")

    @OptionGroup var inbox: InboxOptions

    @Flag(help: "Only what is not read.")
    var unread = false

    @OptionGroup var page: PageOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(
            .notification(.list(inbox.tenant, inbox.person, unread: unread, cursor: page.cursor, limit: page.limit))
        ) { NotificationText.inbox($0, width: width) }
    }
}

struct NotificationReadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Mark a notice as read, or all that there are.")

    @Argument(help: "The notice, as notification list shows it; all without it.", transform: NoticeID.init(_:))
    var notification: NoticeID?

    @OptionGroup var inbox: InboxOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.notification(.read(inbox.tenant, inbox.person, notification))) { _ in
            "read \(notification?.rawValue ?? "all")\n"
        }
    }
}
