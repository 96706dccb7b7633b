import ArgumentParser
import Model

struct PluginNewCommand: AuthorCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a folder with a plugin that works, with fixtures and tests.")

    @Argument(help: "The plugin's id, which becomes the folder's name.", transform: PluginID.init(_:))
    var name: PluginID

    @Option(help: "python, node, swift, c or shell.")
    var language: PluginTemplate.Language

    @Option(
        name: .customLong("in"), help: ArgumentHelp("The folder in which to make it.", valueName: "folder"),
        completion: .directory)
    var parent = "."

    @Flag(help: "Print where it is as JSON, and errors as JSON on standard error.")
    var json = false

    func run() async throws {
        let installation = try Installation(configuration: try DaemonConfiguration.load(file: nil))
        guard let sdks = installation.sdks else {
            throw Problem(
                .invalidConfiguration, "no SDKs found beside this program", hint: "install Cloister with make install")
        }
        let folder = Path.absolute("\(parent)/\(name)")
        try PluginTemplate(language: language, sdks: sdks).write(name, to: folder)
        if json {
            output.printJSON(["folder": .string(folder), "language": .string(language.rawValue)])
        } else {
            let shown = parent == "." ? name.rawValue : folder
            output.write("made \(PlainText.escaping(folder))\n\nnext:\n")
            if language == .c || language == .swift { output.write("  make -C \(PlainText.escaping(shown))\n") }
            output.write("  cloister plugin test \(PlainText.escaping(shown))\n")
            output.write("  cloister plugin run \(PlainText.escaping(shown)) --watch\n")
        }
    }
}

extension PluginTemplate.Language: ExpressibleByArgument {}
