import ArgumentParser
import Control
import Model

struct WebhookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook", abstract: "Addresses that a tenant's notices are sent to.",
        subcommands: [
            WebhookCreateCommand.self, WebhookListCommand.self, WebhookShowCommand.self, WebhookSetCommand.self,
            WebhookDeleteCommand.self, WebhookRotateCommand.self, WebhookTestCommand.self, WebhookDeliveriesCommand.self,
            WebhookReplayCommand.self,
        ])
}

/// The webhook that a command is about.
struct WebhookOptions: ParsableArguments {
    @Argument(help: "The webhook, as webhook list shows it.", transform: WebhookID.init(_:))
    var webhook: WebhookID

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID
}

struct WebhookCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a webhook; its secret is shown this once.",
        discussion: "  cloister webhook create https://hooks.example.com/cloister --tenant acme --kind plugin.failed")

    @Argument(help: "Where messages go: https, a public host.")
    var url: String

    @Option(help: ArgumentHelp("What is sent; may stand several times. Every kind without.", valueName: "kind"))
    var kind: [String] = []

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.webhook(.create(about.tenant, url: url, kinds: kind))) {
            NotificationText.webhook($0, width: width)
        }
    }
}

struct WebhookListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List a tenant's webhooks.")

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.webhook(.list(about.tenant))) { NotificationText.webhooks($0, width: width) }
    }
}

struct WebhookShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a webhook, without its secret.")

    @OptionGroup var about: WebhookOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.webhook(.show(about.tenant, about.webhook))) { NotificationText.webhook($0, width: width) }
    }
}

struct WebhookSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Choose other kinds, disable a webhook or enable it again.")

    @OptionGroup var about: WebhookOptions

    @Option(help: ArgumentHelp("What is sent from now on; may stand several times.", valueName: "kind"))
    var kind: [String] = []

    @Flag(help: "Send every kind from now on.")
    var everyKind = false

    @Flag(inversion: .prefixedEnableDisable, help: "Whether anything is sent; what waits is given up when nothing is.")
    var sending: Bool?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let kinds = everyKind ? [] : kind.isEmpty ? nil : kind
        try await session.show(.webhook(.set(about.tenant, about.webhook, kinds: kinds, isEnabled: sending))) {
            NotificationText.webhook($0, width: width)
        }
    }
}

struct WebhookDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Remove a webhook with its deliveries.")

    @OptionGroup var about: WebhookOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.webhook(.delete(about.tenant, about.webhook))) { _ in "deleted \(about.webhook)\n" }
    }
}

struct WebhookRotateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give a webhook another secret; for a day messages are signed with both.")

    @OptionGroup var about: WebhookOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.webhook(.rotate(about.tenant, about.webhook))) { NotificationText.webhook($0, width: width) }
    }
}

struct WebhookTestCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "test", abstract: "Send a message that says nothing.")

    @OptionGroup var about: WebhookOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.webhook(.test(about.tenant, about.webhook))) {
            "sending \(PlainText.escaping($0["id"]?.string ?? "")); see: cloister webhook deliveries \(about.webhook) --tenant \(about.tenant)\n"
        }
    }
}

struct WebhookDeliveriesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "List messages to a webhook, the newest first.")

    @OptionGroup var about: WebhookOptions

    @Option(help: ArgumentHelp("Those in this state: pending, delivered or failed.", valueName: "word"))
    var state: String?

    @OptionGroup var page: PageOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(
            .webhook(.deliveries(about.tenant, about.webhook, state: state, cursor: page.cursor, limit: page.limit))
        ) { NotificationText.deliveries($0, width: width) }
    }
}

struct WebhookReplayCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Send a message again, or those that failed since a moment.")

    @OptionGroup var about: WebhookOptions

    @Option(help: ArgumentHelp("One delivery, whatever came of it.", valueName: "id"), transform: DeliveryID.init(_:))
    var delivery: DeliveryID?

    @Option(help: ArgumentHelp("Those that were made since then and failed: RFC 3339, or a date.", valueName: "moment"))
    var since: String?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard (delivery == nil) != (since == nil) else { throw ValidationError("Name either --delivery or --since.") }
    }

    func execute(_ session: ClientSession) async throws {
        let request: WebhookRequest =
            delivery.map { .replay(about.tenant, about.webhook, $0) }
            ?? .replayFailed(about.tenant, about.webhook, since: since ?? "")
        try await session.show(.webhook(request)) { "sending \(HumanText.number(Int($0["replayed"]?.integer ?? 0), "message"))\n" }
    }
}
