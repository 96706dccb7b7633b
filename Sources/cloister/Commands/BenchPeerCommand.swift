import ArgumentParser
import Glibc
import Logging
import Web

/// What `bench http` starts beside the daemon: a server with nothing of this house's. Writes its port in one line.
struct BenchPeerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-peer", abstract: "Serve 1 KiB on a free port, for bench http.", shouldDisplay: false)

    func run() async throws {
        try await BareServer.run(bytes: 1024, logger: Logger(label: "peer") { _ in SwiftLogNoOpLogHandler() }) { port in
            let line = Array("\(port)\n".utf8)
            _ = write(STDOUT_FILENO, line, line.count)
        }
    }
}
