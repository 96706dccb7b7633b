import ArgumentParser
import Model
import Plugins

struct PluginTestCommand: AuthorCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run a plugin sealed and make the calls in its fixtures.",
        discussion: """
            Needs no daemon: the plugin runs on a host of its own that goes away with the command. Everything that the \
            manifest asks for is granted. The exit status is 1 where an answer is not what a fixture expects.
            """)

    @Argument(help: "The plugin's folder.", completion: .directory)
    var folder = "."

    @Option(help: ArgumentHelp("Only fixtures whose names contain this.", valueName: "text"))
    var filter: String?

    @Flag(help: "Print the result as JSON, and errors as JSON on standard error.")
    var json = false

    func run() async throws {
        let settings = try DaemonConfiguration.load(file: nil)
        let (manifest, all) = try PluginValidateCommand.check(folder, try Installation(configuration: settings))
        let fixtures = all.filter { filter.map($0.name.contains) ?? true }
        guard !fixtures.isEmpty else {
            throw Problem(
                .notFound, all.isEmpty ? "no fixtures in \(folder)/\(Fixture.folderName)" : "no fixture is named so",
                hint: "write some as the author's guide says, or make a plugin with cloister plugin new")
        }
        let (folder, output) = (Path.absolute(folder), output)
        try await Interruption.cancelling {
            let verdicts = try await WorkbenchHost.with(settings) { bench in
                try await FixtureRun(bench: bench, folder: folder, manifest: manifest).run(fixtures) { verdict in
                    if !output.isJSON { output.write(FixtureText.line(verdict)) }
                }
            }
            if output.isJSON {
                output.printJSON(FixtureText.json(verdicts))
            } else {
                output.write(FixtureText.summary(verdicts))
            }
            guard verdicts.allSatisfy(\.passed) else { throw ExitCode(1) }
        }
    }
}
