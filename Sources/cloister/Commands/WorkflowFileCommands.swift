import ArgumentParser
import Control
import Glibc
import Model
import NIOCore
import Workflows

/// A definition in a file, or on standard input.
struct DefinitionFile: ParsableArguments {
    @Argument(
        help: "The file of the definition, YAML or JSON; - for standard input.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    /// What messages call it.
    var name: String { isStandardInput ? "standard input" : file }

    private var isStandardInput: Bool { file == "-" }

    func read() throws -> JSONValue {
        guard !isStandardInput else {
            let bytes = try InputBytes.read(from: STDIN_FILENO, name, limit: YAMLNode.maximumSize)
            guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem(.invalidInput, "\(name): not UTF-8 text") }
            return try WorkflowText.read(text, named: name)
        }
        do throws(Problem) {
            return try YAMLNode.load(file: file).value
        } catch {
            throw error.code == .notFound ? error : Problem(.invalidInput, error.message, hint: error.hint, cause: error.cause)
        }
    }
}

struct WorkflowValidateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Find everything that is wrong with a definition.",
        discussion: """
            Without a tenant no daemon is asked: whether tools and other workflows exist is not looked into then.
            Ends with 65 where something is wrong.
              cloister workflow validate greet.yaml
              cloister workflow validate greet.yaml --tenant acme
            """)

    @OptionGroup var definition: DefinitionFile

    @Option(help: ArgumentHelp("The tenant whose tools and workflows it needs.", valueName: "id"), transform: TenantID.init(_:))
    var tenant: TenantID?

    @OptionGroup var client: ClientOptions

    func run() async throws {
        guard tenant == nil else { return try await connect() }
        let value = try definition.read()
        do throws(WorkflowFindings) {
            var findings = WorkflowFindings()
            findings.add(try Workflow(reading: value).zoneFindings)
            if !findings.isEmpty { throw findings }
        } catch {
            throw error.problem
        }
        StandardOutput.write(client.json ? "{\"findings\":[],\"isValid\":true}\n" : "nothing is wrong with \(definition.name)\n")
    }

    func execute(_ session: ClientSession) async throws {
        guard let tenant else { return }
        let reply = try JSONValue.parse(
            Array(try await session.send(.workflow(.validate(tenant, definition: try definition.read()))).readableBytesView))
        guard reply["isValid"] != true else {
            return StandardOutput.write(client.json ? reply.compactText + "\n" : "nothing is wrong with \(definition.name)\n")
        }
        throw Problem(.invalidInput, String(WorkflowOutput.findings(reply).dropLast()))
    }
}

struct WorkflowSaveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Save a draft from a file, also one that cannot be published yet.",
        discussion: "  cloister workflow save greet.yaml --tenant acme")

    @OptionGroup var definition: DefinitionFile
    @OptionGroup var about: TenantOption

    @Flag(help: "Only as a workflow that is not there yet.")
    var new = false

    @Option(help: ArgumentHelp("Only in the place of this revision.", valueName: "number"))
    var revision: Int64?

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let value = try definition.read()
        let request: WorkflowRequest
        if new {
            request = .create(about.tenant, definition: value)
        } else {
            guard let id = value["id"]?.string else { throw Problem(.invalidInput, "\(definition.name): /id: missing") }
            request = .save(about.tenant, try WorkflowID(id), definition: value, revision: revision)
        }
        try await session.show(.workflow(request)) { WorkflowOutput.details($0, width: width) }
    }
}

struct WorkflowExportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print a definition as a file, without what looks like a secret.",
        discussion: "  cloister workflow export greet --tenant acme --format yaml > greet.yaml")

    @OptionGroup var about: WorkflowOptions

    @Option(help: ArgumentHelp("draft, published or the number of a version.", valueName: "which"))
    var version = "published"

    @Option(help: ArgumentHelp("json or yaml.", valueName: "word"))
    var format = "json"

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let request = WorkflowRequest.export(about.tenant, about.workflow, version: version, format: format)
        try await session.show(.workflow(request)) { reply in
            for place in reply["stripped"]?.array ?? [] {
                StandardError.write("taken out, for it looked like a secret: \(PlainText.escaping(place.string ?? ""))\n")
            }
            return session.output.showing(reply["text"]?.string ?? "")
        }
    }
}

struct WorkflowImportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Save as a draft what was exported.",
        discussion: """
              cloister workflow import greet.yaml --tenant acme
              curl -fsS https://HOST/PATH | cloister workflow import - --tenant acme
            """)

    @OptionGroup var definition: DefinitionFile
    @OptionGroup var about: TenantOption

    @Flag(help: "Also in the place of a workflow's draft.")
    var replace = false

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        let request = WorkflowRequest.import(about.tenant, text: try definition.read().compactText, replaces: replace)
        try await session.show(.workflow(request)) { WorkflowOutput.details($0, width: width) }
    }
}
