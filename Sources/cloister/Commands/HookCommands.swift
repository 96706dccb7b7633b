import ArgumentParser
import Control
import Model
import NIOCore

struct HookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook", abstract: "See which handlers stand at which events, and run events by hand.",
        subcommands: [
            HookListCommand.self, HookApplyCommand.self, HookTraceCommand.self, HookRestoreCommand.self,
        ])
}

struct HookListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the handlers of a tenant's plugins in the order in which they run.")

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @Flag(help: "Events without a handler, too.")
    var all = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let (width, all) = (session.output.width, all)
        try await session.show(.hookList(tenant)) { HookText.board($0, all: all, width: width) }
    }
}

/// What an event is run with.
struct HookRunOptions: ParsableArguments, Sendable {
    @Argument(help: "The event's name.")
    var event: String

    @Option(help: ArgumentHelp("The tenant.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID

    @Option(help: ArgumentHelp("The value: JSON, @FILE to read it from a file, or - for standard input.", valueName: "json"))
    var value: String?

    @Option(help: ArgumentHelp("For events about a document: one of the tenant's.", valueName: "id"), transform: DocumentID.init(_:))
    var document: DocumentID?

    var request: HookRunRequest {
        get throws {
            let value = try self.value.map { text throws(Problem) in try ToolInput.read(text) } ?? ByteBuffer(string: "{}")
            return HookRunRequest(tenant, event: event, value: value, document: document)
        }
    }
}

struct HookApplyCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Run an event and print the value at its end, which is JSON.")

    @OptionGroup var options: HookRunOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let reply = try session.output.value(try await session.send(.hookApply(try options.request)))
        if let failure = reply["failure"]?.object {
            throw Problem(
                failure["code"]?.string.flatMap(Problem.Code.init(rawValue:)) ?? .pluginFailed,
                failure["message"]?.string ?? "a handler that must not fail did", hint: failure["hint"]?.string)
        }
        session.output.printJSON(reply["value"] ?? .null)
    }
}

struct HookTraceCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Run an event and print each handler's turn: its time, what it changed, how it ended.")

    @OptionGroup var options: HookRunOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.hookApply(try options.request)) { HookText.trace($0, width: width) }
    }
}

struct HookRestoreCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring back handlers that were set aside after repeated failure.")

    @OptionGroup var target: PluginOptions

    @Option(help: ArgumentHelp("Only this handler.", valueName: "name"))
    var handler: String?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.hookRestore(target.reference, handler: handler)) { value in
            HumanText.number(Int(value["restored"]?.integer ?? 0), "handler") + " brought back\n"
        }
    }
}
