import ArgumentParser
import Control
import Model
import NIOCore

struct ApprovalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approval", abstract: "Decisions that runs wait for.",
        subcommands: [ApprovalListCommand.self, ApprovalDecideCommand.self])
}

struct ApprovalListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List what people are asked to decide.")

    @OptionGroup var about: TenantOption

    @Option(help: "At most so many, up to 100.")
    var limit = 50

    @Option(help: ArgumentHelp("Where the page before ended.", valueName: "cursor"))
    var cursor: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let request = RunRequest.approvals(about.tenant, cursor: cursor, limit: limit)
        try await session.show(.run(request)) { RunText.approvals($0, width: width) }
    }
}

struct ApprovalDecideCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide", abstract: "Decide what a run asks.",
        discussion: "  cloister approval decide run-7 sign --tenant acme --approve")

    @OptionGroup var options: RunOptions

    @Argument(help: "The step, as approval list shows it.")
    var step: String

    @Flag(inversion: .prefixedNo, help: "Agree, or do not.")
    var approve: Bool

    @Option(help: ArgumentHelp("What is filled in.", valueName: "json"))
    var form: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let value = try form.map { (text) throws(Problem) in try JSONValue.parse(text, as: "--form") }
        let width = session.output.width
        let request = RunRequest.decide(options.about.tenant, options.run, step: step, isApproved: approve, form: value)
        try await session.show(.run(request)) { RunText.run($0, width: width) }
    }
}
