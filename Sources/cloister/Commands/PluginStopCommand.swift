import ArgumentParser
import Control
import Model

struct PluginStopCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop a plugin's children; calls in flight may finish until the stop deadline.")

    @OptionGroup var target: PluginOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        try await session.show(.pluginStop(target.reference)) { value in
            let report = try PluginReport(value)
            return "\(report.id) of \(report.tenant): \(PlainText.escaping(report.state))\n"
        }
    }
}
