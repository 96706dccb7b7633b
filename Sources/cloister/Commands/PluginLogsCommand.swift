import ArgumentParser
import Control
import Model

struct PluginLogsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print what a plugin wrote on its standard error and logged.",
        discussion: "With --json, one object a line.")

    @OptionGroup var target: PluginOptions

    @Flag(help: "Keep printing new lines until Ctrl-C.")
    var follow = false

    @Option(help: ArgumentHelp("How many kept lines to begin with.", valueName: "n"))
    var lines = 100

    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard (0...10_000).contains(lines) else { throw ValidationError("--lines is 0 to 10000") }
    }

    func execute(_ session: ClientSession) async throws {
        let output = session.output
        let request = ControlRequest.pluginLogs(target.reference, follow: follow, lines: lines)
        _ = try await session.connection.send(request) { event in
            if output.isJSON {
                output.write(event.compactText + "\n")
            } else if let line = try? LogLine(event) {
                output.write(PluginText.log(line))
            }
        }
    }
}
