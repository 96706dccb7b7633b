import ArgumentParser
import Control

/// A command that asks the daemon something.
protocol ClientCommand: AsyncParsableCommand, JSONChoosing {
    func execute(_ session: ClientSession) async throws
}

extension ClientCommand {
    func run() async throws { try await connect() }

    /// Runs the command on a connection to the daemon.
    func connect() async throws {
        let path = client.socketPath
        let output = Output.standard(json: client.json)
        try await Interruption.cancelling {
            try await ControlClient.withConnection(to: path) { connection in
                try await execute(ClientSession(connection: connection, output: output))
            }
        }
    }
}
