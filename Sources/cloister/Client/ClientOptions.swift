import ArgumentParser
import Glibc

/// The options of every command that talks to the daemon.
struct ClientOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp("The daemon's control socket.", valueName: "path"), completion: .file())
    var socket: String?

    @Flag(help: "Print the daemon's answer as JSON, and errors as JSON on standard error.")
    var json = false

    static let installedSocket = "/run/cloister/control.sock"
    static let localSocket = ".cloister/data/control.sock"

    /// The first that applies: the option, `CLOISTER_SOCKET`, a daemon of the current folder, the installed daemon.
    var socketPath: String {
        Self.socketPath(
            option: socket, environment: getenv("CLOISTER_SOCKET").map { String(cString: $0) },
            localExists: access(Self.localSocket, F_OK) == 0)
    }

    static func socketPath(option: String?, environment: String?, localExists: Bool) -> String {
        if let option { return option }
        if let environment, !environment.isEmpty { return environment }
        return localExists ? localSocket : installedSocket
    }
}
