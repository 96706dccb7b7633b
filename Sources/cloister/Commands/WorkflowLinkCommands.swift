import ArgumentParser
import Control
import Model

struct WorkflowShareCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "share", abstract: "Open a version to whoever has the link; the link is shown this once.",
        discussion: """
            What looks like a secret is not in what it opens.
              cloister workflow share greet --tenant acme --expires 12h
              curl -fsS https://HOST/PATH | cloister workflow import - --tenant globex
            """)

    @OptionGroup var about: WorkflowOptions

    @Option(help: ArgumentHelp("Which one, by its number; without, the one in force.", valueName: "number"))
    var version: Int?

    @Option(help: ArgumentHelp("For how long, from 1m to 90d; 7d without.", valueName: "time"))
    var expires: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let lifetime = try expires.map { (text) throws(Problem) in
            guard let time = WorkflowRequest.lifetime(text) else {
                throw Problem(.invalidInput, "--expires: expected a time", hint: "for example 7d or 12h")
            }
            return time
        }
        try await session.show(.workflow(.share(about.tenant, about.workflow, version: version, lasting: lifetime))) {
            WorkflowOutput.link($0, width: width)
        }
    }
}

struct WorkflowLinksCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "links", abstract: "List the links that still open a version, never what opens them.")

    @OptionGroup var about: WorkflowOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.workflow(.links(about.tenant, about.workflow))) { WorkflowOutput.links($0, width: width) }
    }
}

struct WorkflowUnshareCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "unshare", abstract: "Revoke a link: it opens nothing any more.",
        discussion: "  cloister workflow unshare greet link-1f0c --tenant acme")

    @Argument(help: "The workflow.", transform: WorkflowID.init(_:))
    var workflow: WorkflowID

    @Argument(help: "The link, as workflow links shows it.", transform: WorkflowLinkID.init(_:))
    var link: WorkflowLinkID

    @OptionGroup var home: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.workflow(.unshare(home.tenant, workflow, link))) { _ in "revoked \(link)\n" }
    }
}
