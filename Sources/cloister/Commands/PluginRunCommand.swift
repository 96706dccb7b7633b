import ArgumentParser
import Control
import Glibc
import Model
import NIOCore

struct PluginRunCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a plugin from its folder for a tenant, and optionally call a tool.",
        discussion: """
            Registers the folder, starts a child and waits until it is ready. A bare name that is no folder here is \
            looked for in the daemon's plugin folders. With --call, standard output holds the tool's output only.

            With --watch, the plugin runs sealed on a host of its own that goes away with the command: every message in
            both directions and all of its standard error are shown, and it is started anew when its folder changes. No
            daemon is asked, so --tenant does not apply.
            """)

    @Argument(help: "The plugin's folder, or the name of one that the daemon knows.", completion: .directory)
    var source: String

    @Option(help: ArgumentHelp("The tenant; required without --watch.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID?

    @Flag(help: "Show every message, and start anew when the folder changes, until Control-C.")
    var watch = false

    @Option(
        name: .customLong("configuration"),
        help: ArgumentHelp("The plugin's configuration, YAML or JSON.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var configurationFile: String?

    @Option(name: .customLong("call"), help: ArgumentHelp("A tool to call when the plugin is ready.", valueName: "tool"))
    var tool: String?

    @OptionGroup(title: "Call") var arguments: ToolArguments
    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard watch || tenant != nil else { throw ValidationError("Missing expected argument '--tenant <id>'") }
        guard !watch || tenant == nil else {
            throw ValidationError("--watch runs on a host of its own; leave out --tenant")
        }
        guard tool != nil || arguments.isEmpty else {
            throw ValidationError("--input, --document, --document-id and --deadline belong to --call TOOL")
        }
        guard !watch || arguments.documentID == nil else {
            throw ValidationError("--watch runs on a host of its own, which has no documents; give a file with --document")
        }
    }

    func run() async throws {
        guard watch else { return try await connect() }
        let folder = Path.absolute(source)
        guard Path.isFolder(folder) else { throw Problem(.notFound, "plugin folder not found: \(source)") }
        let values = try configurationFile.map { (file) throws(Problem) in try YAMLNode.load(file: file).value } ?? [:]
        let input = try arguments.input.map { (text) throws(Problem) in
            try JSONValue.parse(Array(try ToolInput.read(text).readableBytesView), as: "--input")
        }
        let watch = PluginWatch(
            folder: folder, configuration: values,
            call: tool.map { ($0, input ?? [:], arguments.document, arguments.deadline) },
            output: WatchOutput(output: .standard(json: client.json)))
        let settings = try DaemonConfiguration.load(file: nil)
        try await Interruption.cancelling { try await watch.run(settings) }
    }

    func execute(_ session: ClientSession) async throws {
        guard let tenant else { return }
        let width = session.output.width
        let configuration = try configurationFile.map { (file) throws(Problem) in
            try YAMLNode.load(file: file).value
        }
        let request = ControlRequest.pluginRun(tenant, try plugin, configuration: configuration)
        guard let tool else {
            return try await session.show(request) { try PluginText.started(PluginReport($0), width: width) }
        }
        let report = try PluginReport(try session.output.value(try await session.send(request)))
        if !session.output.isJSON { StandardError.write(PluginText.started(report, width: nil)) }
        let reference = PluginReference(tenant: tenant, plugin: report.id)
        try session.output.printJSON(try await arguments.call(tool, of: reference, in: session))
    }

    /// A path names a folder of this machine; the daemon is on the same one, but works in another folder.
    private var plugin: PluginSource {
        get throws(Problem) {
            let isPath = source.contains("/") || source.hasPrefix(".") || access(source + "/plugin.yaml", F_OK) == 0
            return try PluginSource(isPath ? Path.absolute(source) : source)
        }
    }
}
