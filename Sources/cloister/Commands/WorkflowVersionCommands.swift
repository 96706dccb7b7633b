import ArgumentParser
import Control
import Model

struct WorkflowVersionsCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "versions", abstract: "List what was published, the newest first.")

    @OptionGroup var about: WorkflowOptions
    @OptionGroup var page: PageOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let request = WorkflowRequest.versions(about.tenant, about.workflow, cursor: page.cursor, limit: page.limit)
        try await session.show(.workflow(request)) { WorkflowOutput.versions($0, width: width) }
    }
}

struct WorkflowVersionCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the definition of a version.")

    @OptionGroup var about: WorkflowOptions

    @Option(name: .customLong("number"), help: ArgumentHelp("Which one.", valueName: "number"))
    var version: Int

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.workflow(.version(about.tenant, about.workflow, version))) {
            PlainText.escapingJSON(($0["definition"] ?? .null).prettyText) + "\n"
        }
    }
}

struct WorkflowDiffCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what changes from one definition of a workflow to another.",
        discussion: "Each is draft, published or the number of a version.\n  cloister workflow diff greet --tenant acme --from 3")

    @OptionGroup var about: WorkflowOptions

    @Option(help: ArgumentHelp("The earlier one.", valueName: "which"))
    var from = "published"

    @Option(help: ArgumentHelp("The later one.", valueName: "which"))
    var to = "draft"

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let request = WorkflowRequest.diff(about.tenant, about.workflow, from: from, to: to)
        try await session.show(.workflow(request)) { WorkflowOutput.difference($0) }
    }
}

struct WorkflowRollbackCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Publish an earlier version once more.",
        discussion: "  cloister workflow rollback greet --tenant acme --to 3")

    @OptionGroup var about: WorkflowOptions

    @Option(help: ArgumentHelp("The number of the version.", valueName: "number"))
    var to: Int

    @Option(help: ArgumentHelp("For those who read the list of versions.", valueName: "text"))
    var note: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let request = WorkflowRequest.rollback(about.tenant, about.workflow, version: to, note: note)
        try await session.show(.workflow(request)) { "version \($0["version"]?.integer ?? 0) of \(about.workflow) is in force\n" }
    }
}
