import ArgumentParser
import Control
import Model

struct NotificationPreferencesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "preferences", abstract: "Show by which ways a person is told of what, or choose others.",
        discussion: "  cloister notification preferences --tenant acme --person person-1f… --set key.created=inbox,mail")

    @OptionGroup var inbox: InboxOptions

    @Option(help: ArgumentHelp("A kind and its ways: inbox, mail, both or none; may stand several times.", valueName: "kind=ways"))
    var set: [String] = []

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        var wishes: [String: NotificationRequest.Preference] = [:]
        for text in set {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false)
            let ways = parts.count == 2 ? Set(parts[1].split(separator: ",")) : ["?"]
            guard ways.isSubset(of: ["inbox", "mail"]) else {
                throw ValidationError("Not a kind and its ways: \(text). Write key.created=inbox,mail, or key.created= for none.")
            }
            wishes[String(parts[0])] = .init(inbox: ways.contains("inbox"), mail: ways.contains("mail"))
        }
        let request: NotificationRequest =
            wishes.isEmpty ? .preferences(inbox.tenant, inbox.person) : .setPreferences(inbox.tenant, inbox.person, wishes)
        try await session.show(.notification(request)) { NotificationText.preferences($0, width: width) }
    }
}
