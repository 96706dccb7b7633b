import ArgumentParser
import Control
import Model

struct EventCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event", abstract: "Tell events of the host application.", subcommands: [EventEmitCommand.self])
}

struct EventEmitCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "emit", abstract: "Tell the plugins of a tenant what happened, and print each handler's turn.",
        discussion: "A host application tells document.…, workflow.… and sync.…; the others are told by who knows when they happen.")

    @OptionGroup var options: HookRunOptions
    @OptionGroup var client: ClientOptions

    func execute(_ session: ClientSession) async throws {
        let width = session.output.width
        try await session.show(.eventEmit(try options.request)) { HookText.trace($0, width: width) }
    }
}
