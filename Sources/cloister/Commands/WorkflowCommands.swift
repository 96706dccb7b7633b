import ArgumentParser
import Control
import Model
import NIOCore
import Workflows

struct WorkflowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow", abstract: "Workflows: drafts, versions, files, runs.",
        subcommands: [
            WorkflowListCommand.self, WorkflowShowCommand.self, WorkflowValidateCommand.self, WorkflowSaveCommand.self,
            WorkflowPublishCommand.self, WorkflowVersionsCommand.self, WorkflowVersionCommand.self, WorkflowDiffCommand.self,
            WorkflowRollbackCommand.self, WorkflowActivateCommand.self, WorkflowDeactivateCommand.self, WorkflowLockCommand.self,
            WorkflowUnlockCommand.self, WorkflowExportCommand.self, WorkflowImportCommand.self, WorkflowShareCommand.self,
            WorkflowLinksCommand.self, WorkflowUnshareCommand.self, WorkflowDeleteCommand.self,
            WorkflowSchemaCommand.self, WorkflowTestCommand.self, WorkflowRunCommand.self, WorkflowLogsCommand.self,
        ])
}

/// The workflow that a command is about.
struct WorkflowOptions: ParsableArguments {
    @Argument(help: "The workflow.", transform: WorkflowID.init(_:))
    var workflow: WorkflowID

    @OptionGroup var home: TenantOption

    var tenant: TenantID { home.tenant }
}

struct WorkflowListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List a tenant's workflows.")

    @OptionGroup var about: TenantOption

    @Option(help: ArgumentHelp("Those with this in their name or identifier.", valueName: "text"))
    var search: String?

    @Option(help: ArgumentHelp("Those in this state: active, inactive or draft.", valueName: "word"))
    var status: String?

    @Option(help: ArgumentHelp("Behind this one, as the last page said.", valueName: "workflow"), transform: WorkflowID.init(_:))
    var cursor: WorkflowID?

    @Option(help: ArgumentHelp("How many at most, up to 100.", valueName: "number"))
    var limit = 50

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let request = WorkflowRequest.list(about.tenant, search: search, status: status, cursor: cursor, limit: limit)
        try await session.show(.workflow(request)) { WorkflowOutput.list($0, width: width) }
    }
}

struct WorkflowShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a workflow, and what is wrong with its draft.")

    @OptionGroup var about: WorkflowOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.workflow(.show(about.tenant, about.workflow))) { WorkflowOutput.details($0, width: width) }
    }
}

struct WorkflowPublishCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Make the draft the next version, in force from then on.")

    @OptionGroup var about: WorkflowOptions

    @Option(help: ArgumentHelp("Only if the draft is in this revision.", valueName: "number"))
    var revision: Int64?

    @Option(help: ArgumentHelp("For those who read the list of versions.", valueName: "text"))
    var note: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let request = WorkflowRequest.publish(about.tenant, about.workflow, revision: revision, note: note)
        try await session.show(.workflow(request)) { "version \($0["version"]?.integer ?? 0) of \(about.workflow) is in force\n" }
        guard !session.output.isJSON else { return }
        let reply = try await session.send(.workflow(.show(about.tenant, about.workflow)))
        let workflow = try JSONValue.parse(Array(reply.readableBytesView))
        let waits = workflow["definition"]?["nodes"]?.array?.contains { $0["type"] == "trigger" && $0["config"]?["kind"] != "manual" }
        guard workflow["status"] == "inactive", waits == true else { return }
        session.output.write(
            "its triggers begin nothing yet; let them: cloister workflow activate \(about.workflow) --tenant \(about.tenant)\n")
    }
}

struct WorkflowActivateCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "activate", abstract: "Let a workflow's triggers start runs.")

    @OptionGroup var about: WorkflowOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.workflow(.activate(about.tenant, about.workflow))) { _ in "active: \(about.workflow)\n" }
    }
}

struct WorkflowDeactivateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "deactivate", abstract: "Let a workflow's triggers start no more runs.")

    @OptionGroup var about: WorkflowOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.workflow(.deactivate(about.tenant, about.workflow))) { _ in "inactive: \(about.workflow)\n" }
    }
}

struct WorkflowLockCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Keep others from changing a workflow for a while.")

    @OptionGroup var about: WorkflowOptions

    @Option(help: ArgumentHelp("For how long: 10 to 3600 seconds.", valueName: "seconds"))
    var seconds = 300

    @Flag(help: "Take the lock from whoever holds it.")
    var steal = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let request = WorkflowRequest.lock(about.tenant, about.workflow, seconds: seconds, isStolen: steal)
        try await session.show(.workflow(request)) { "locked until \($0["lock"]?["expires"]?.string ?? "")\n" }
    }
}

struct WorkflowUnlockCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "unlock", abstract: "End a lock.")

    @OptionGroup var about: WorkflowOptions

    @Flag(help: "Also that of somebody else.")
    var steal = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let request = WorkflowRequest.unlock(about.tenant, about.workflow, isStolen: steal)
        try await session.show(.workflow(request)) { _ in "unlocked: \(about.workflow)\n" }
    }
}

struct WorkflowDeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Remove a workflow with its versions.")

    @OptionGroup var about: WorkflowOptions

    @Flag(help: "Also where other workflows start it.")
    var force = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let request = WorkflowRequest.delete(about.tenant, about.workflow, isForced: force)
        try await session.show(.workflow(request)) { _ in "deleted: \(about.workflow)\n" }
    }
}

struct WorkflowSchemaCommand: LocalCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of definitions, for editors and other checkers.",
        discussion: "  cloister workflow schema > workflow.schema.json")

    var json: Bool { true }

    func run() throws {
        StandardOutput.write(WorkflowSchema.json.prettyText + "\n")
    }
}
