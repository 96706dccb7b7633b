import ArgumentParser
import Control
import Model

struct StatusCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the daemon, what it enforces, and its children.")

    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.status) { try StatusText.text(StatusReport($0), width: width) }
    }
}
