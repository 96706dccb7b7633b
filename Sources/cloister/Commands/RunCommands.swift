import ArgumentParser
import Control
import Model
import NIOCore

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs of a tenant's workflows.",
        subcommands: [
            RunListCommand.self, RunShowCommand.self, RunCancelCommand.self, RunPauseCommand.self, RunResumeCommand.self,
            RunReplayCommand.self, RunReplayAllCommand.self, RunResolveCommand.self,
        ])
}

/// The run that a command is about.
struct RunOptions: ParsableArguments {
    @Argument(help: "The run, as run list shows it.", transform: RunID.init(_:))
    var run: RunID

    @OptionGroup var about: TenantOption
}

struct WorkflowRunCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Begin a run of a published workflow, or of one of its nodes.",
        discussion: """
            With --node that node runs alone, for real: no trigger begins it, and nothing comes behind it.
              cloister workflow run invoices --tenant acme --input '{"document":"doc-1"}' --wait 10s
              cloister workflow run invoices --tenant acme --node read --version draft --input '{"document":"doc-1"}' --wait 10s
              cloister workflow run invoices --tenant acme --node read --from run-1f --wait 10s
            """)

    @Argument(help: "The workflow.", transform: WorkflowID.init(_:))
    var workflow: WorkflowID

    @Option(help: ArgumentHelp("What its trigger gives, or what comes to the one node: JSON, @FILE, or - for standard input.", valueName: "json"))
    var input: String?

    @Option(help: ArgumentHelp("Run this node alone; or the one of a step of --from, such as files.3/send.", valueName: "name"))
    var node: String?

    @Option(help: ArgumentHelp("Of the one node: draft, published or the number of a version.", valueName: "which"))
    var version: String?

    @Option(help: ArgumentHelp("Of the one node: the run from which everything is taken that is not given.", valueName: "run"), transform: RunID.init(_:))
    var from: RunID?

    @Option(help: ArgumentHelp("Of the one node: outputs of others that it reads, by their names.", valueName: "json"))
    var nodes: String?

    @Option(help: ArgumentHelp("Wait so long for its end, up to 60s.", valueName: "time"))
    var wait: String?

    @Option(help: ArgumentHelp("Do not begin a second run with this key.", valueName: "text"))
    var deduplication: String?

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        var options = RunRequest.Options()
        options.deduplication = deduplication
        options.wait = try wait.map { (text) throws(Problem) in
            guard let wait = Duration(parsing: text) else { throw Problem(.invalidInput, "--wait: expected a time such as 10s") }
            return wait
        }
        options.node = try nodeWish
        let value = try input.map { (text) throws(Problem) in
            try JSONValue.parse(Array(ToolInput.read(text).readableBytesView), as: "--input")
        }
        let width = session.output.width
        try await session.show(.run(.execute(about.tenant, workflow, input: value ?? .null, options))) {
            RunText.run($0, width: width)
        }
    }

    private var nodeWish: RunRequest.NodeWish? {
        get throws(Problem) {
            guard let node else {
                guard version == nil, from == nil, nodes == nil else {
                    throw Problem(.invalidInput, "--version, --from and --nodes are about one node", hint: "name it with --node")
                }
                return nil
            }
            var wish = RunRequest.NodeWish(node)
            wish.version = version ?? wish.version
            wish.from = from
            if let nodes {
                guard let outputs = try JSONValue.parse(nodes, as: "--nodes").object else {
                    throw Problem(.invalidInput, "--nodes: expected a JSON object, such as {\"read\": {\"total\": 7}}")
                }
                wish.outputs = outputs
            }
            return wish
        }
    }
}

struct WorkflowLogsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show the steps of a run: of the newest one where none is named.")

    @Argument(help: "The workflow.", transform: WorkflowID.init(_:))
    var workflow: WorkflowID

    @Option(help: ArgumentHelp("The run.", valueName: "id"), transform: RunID.init(_:))
    var run: RunID?

    @Flag(help: "Print what becomes of it, until it has ended.")
    var follow = false

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let output = session.output
        let request = ControlRequest.run(.logs(about.tenant, workflow, run: run, follow: follow))
        guard follow else { return try await session.show(request) { RunText.log($0, width: output.width) } }
        _ = try await session.connection.send(request) { event in
            output.write(output.isJSON ? event.compactText + "\n" : RunText.news(event))
        }
    }
}

/// Which runs.
struct RunQueryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Those of this workflow.", valueName: "id"), transform: WorkflowID.init(_:))
    var workflow: WorkflowID?

    @Option(help: ArgumentHelp("Those that began then or later, such as 2027-01-31T09:00:00Z.", valueName: "moment"))
    var since: String?

    @Option(help: ArgumentHelp("Those that began before.", valueName: "moment"))
    var until: String?

    @Option(help: ArgumentHelp("Those that failed with this code.", valueName: "code"))
    var error: String?

    @Option(help: ArgumentHelp("Those with this in their identifier, input, output or error.", valueName: "text"))
    var search: String?

    @Option(help: ArgumentHelp("Where the page before ended.", valueName: "text"))
    var cursor: String?

    @Option(help: ArgumentHelp("How many.", valueName: "count"))
    var limit = 50

    var query: RunRequest.Query {
        var query = RunRequest.Query()
        (query.workflow, query.since, query.until, query.error) = (workflow, since, until, error)
        (query.search, query.cursor, query.limit) = (search, cursor, limit)
        return query
    }
}

struct RunListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List runs, the newest first.")

    @OptionGroup var which: RunQueryOptions

    @Option(help: ArgumentHelp("Those that are running, succeeded, failed or cancelled.", valueName: "word"))
    var state: String?

    @Flag(help: "Those in which a step waits for a person to say how it goes on.")
    var needsPerson = false

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        var query = which.query
        query.state = state
        query.needsPerson = needsPerson
        try await session.show(.run(.list(about.tenant, query))) { RunText.runs($0, width: width) }
    }
}

struct RunReplayAllCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay-all", abstract: "Repeat failed runs, each from where it failed.",
        discussion: """
            One that was repeated before is left out.
              cloister run replay-all --workflow file-invoice --error http.503 --tenant acme
            """)

    @OptionGroup var which: RunQueryOptions

    @Option(help: ArgumentHelp("The node to begin at; where each failed without it.", valueName: "id"), transform: NodeID.init(_:))
    var from: NodeID?

    @Option(help: ArgumentHelp("Of the workflow; each run's own without it.", valueName: "number"))
    var version: Int?

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let request = RunRequest.replayAll(about.tenant, which.query, from: from, version: version)
        try await session.show(.run(request)) { RunText.replayed($0, width: width) }
    }
}

struct RunShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a run.")

    @OptionGroup var options: RunOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.run(.show(options.about.tenant, options.run))) { RunText.run($0, width: width) }
    }
}

struct RunCancelCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "cancel", abstract: "End a run and what is under way for it.")

    @OptionGroup var options: RunOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.run(.cancel(options.about.tenant, options.run))) { RunText.run($0, width: width) }
    }
}

struct RunPauseCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let a run begin no further step until it is resumed.")

    @OptionGroup var options: RunOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.run(.pause(options.about.tenant, options.run))) { RunText.run($0, width: width) }
    }
}

struct RunResumeCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let a paused run go on.")

    @OptionGroup var options: RunOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.run(.resume(options.about.tenant, options.run))) { RunText.run($0, width: width) }
    }
}

struct RunReplayCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Repeat a run from one of its nodes, with what came before taken over.")

    @OptionGroup var options: RunOptions

    @Option(help: ArgumentHelp("The node.", valueName: "id"), transform: NodeID.init(_:))
    var from: NodeID

    @Option(help: ArgumentHelp("In place of what went into the node: JSON, @FILE, or - for standard input.", valueName: "json"))
    var input: String?

    @Option(help: ArgumentHelp("A version of the workflow; the run's own without it.", valueName: "number"))
    var version: Int?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let value = try input.map { (text) throws(Problem) in
            try JSONValue.parse(Array(ToolInput.read(text).readableBytesView), as: "--input")
        }
        let width = session.output.width
        let request = RunRequest.replay(options.about.tenant, options.run, from: from, input: value, version: version)
        try await session.show(.run(request)) { RunText.run($0, width: width) }
    }
}

struct RunResolveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Say what became of a step whose effect nobody heard of again.")

    @OptionGroup var options: RunOptions

    @Argument(help: "The step, as workflow logs shows it.")
    var step: String

    @Argument(help: "again, happened or failed.")
    var outcome: String

    @Option(help: ArgumentHelp("What it gave, where it happened.", valueName: "json"))
    var output: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let value = try output.map { (text) throws(Problem) in try JSONValue.parse(text, as: "--output") }
        let width = session.output.width
        let request = RunRequest.resolve(options.about.tenant, options.run, step: step, outcome: outcome, output: value)
        try await session.show(.run(request)) { RunText.run($0, width: width) }
    }
}
