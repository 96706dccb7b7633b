import ArgumentParser
import Control
import Model
import NIOCore
import Workflows

struct WorkflowTestCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run the tests that are saved with a workflow.",
        discussion: """
            No effect is made: what its nodes reach out for comes to what the tests say. Ends with 1 where a test fails.
              cloister workflow test greet --tenant acme
              cloister workflow test ./greet.yaml --tenant acme --only 'a stranger is greeted'
            A file may also be a template; it is tested with the defaults of its parameters.
            """)

    @Argument(help: "The workflow, or a file with a / or a point in its name.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var workflow: String

    @Option(help: ArgumentHelp("Of a workflow: draft, published or the number of a version.", valueName: "which"))
    var version = "draft"

    @Option(help: ArgumentHelp("Only the test of this name; more than once for several.", valueName: "name"))
    var only: [String] = []

    @Flag(help: "Print the steps of each run, too.")
    var steps = false

    @OptionGroup var about: TenantOption
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        var wish = WorkflowRequest.TestWish()
        if workflow.contains("/") || workflow.contains(".") {
            wish.definition = try Self.definition(in: workflow)
        } else {
            wish.workflow = try WorkflowID(workflow)
            wish.version = version
        }
        wish.names = only
        wish.wantsSteps = steps
        let (output, width) = (session.output, session.output.width)
        let reply = try JSONValue.parse(Array(try await session.send(.workflow(.test(about.tenant, wish))).readableBytesView))
        output.write(output.isJSON ? reply.compactText + "\n" : WorkflowOutput.tests(reply, width: width))
        guard reply["failed"]?.integer == 0 else { throw ExitCode(1) }
    }

    private static func definition(in file: String) throws(Problem) -> JSONValue {
        let value = try YAMLNode.load(file: file).value
        guard value["workflow"] != nil else { return value }
        let template = try TemplateShelf.load(file)
        return try template.definition(as: template.id)
    }
}
