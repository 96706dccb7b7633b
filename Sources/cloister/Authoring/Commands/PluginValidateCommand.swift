import ArgumentParser
import Model
import Plugins
import Sandbox

struct PluginValidateCommand: AuthorCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Find every mistake in a plugin's folder that shows without running it.",
        discussion: "Manifest, schemas, executable, profile, readable files, fixtures and workflows; each mistake with its place. "
            + "What is no mistake but of no use is a warning on standard error.")

    @Argument(help: "The plugin's folder.", completion: .directory)
    var folder = "."

    @Flag(help: "Print the result as JSON, and errors as JSON on standard error.")
    var json = false

    func run() async throws {
        let installation = try Installation(configuration: try DaemonConfiguration.load(file: nil))
        var (manifest, fixtures, problems) = try Self.inspect(folder, installation)
        let templates = await PluginTemplates.check(Path.absolute(folder), &problems)
        try problems.finish()
        guard let manifest else { throw Self.lost }
        let profile = try ProfileLibrary.load(folder: try installation.profiles).profile(named: manifest.profile)
        let warnings = manifest.warnings(under: profile)
        if json {
            output.printJSON([
                "id": .string(manifest.id.rawValue), "version": .string(manifest.version.description),
                "tools": JSONValue(manifest.tools.count), "fixtures": JSONValue(fixtures.count),
                "workflows": JSONValue(templates),
                "warnings": .array(warnings.map { .string($0) }),
            ])
        } else {
            for warning in warnings { StandardError.write("warning: \(warning)\n") }
            output.write(
                "\(manifest.id) \(manifest.version): no mistake found"
                    + " (tools: \(manifest.tools.count), fixtures: \(fixtures.count)\(templates > 0 ? ", workflows: \(templates)" : ""))\n")
        }
    }

    /// The manifest and the fixtures, or all mistakes at once.
    static func check(_ folder: String, _ installation: Installation) throws(Problem) -> (Manifest, [Fixture]) {
        let (manifest, fixtures, problems) = try inspect(folder, installation)
        try problems.finish()
        guard let manifest else { throw lost }
        return (manifest, fixtures)
    }

    private static var lost: Problem { Problem(.internalFault, "a folder without a mistake and without a manifest") }

    private static func inspect(
        _ folder: String, _ installation: Installation
    ) throws(Problem) -> (manifest: Manifest?, fixtures: [Fixture], problems: ProblemList) {
        let profiles = try ProfileLibrary.load(folder: try installation.profiles).profiles.keys.sorted()
        let path = Path.absolute(folder)
        var (manifest, problems) = PluginFolder.inspect(path, profiles: profiles)
        let fixtures = manifest.map { Fixture.load(path, $0, &problems) } ?? []
        return (manifest, fixtures, problems)
    }
}
