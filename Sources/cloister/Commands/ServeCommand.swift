import ArgumentParser
import Control
import Logging
import Model

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the daemon in the foreground.",
        discussion: """
            Reads /etc/cloister/cloister.yaml where no --config is given and that file exists. SIGHUP reads it and the \
            profiles again, SIGTERM and SIGINT end the daemon after the calls in flight.
            """)

    @Option(help: "The configuration file.")
    var config: String?

    @Option(help: "The data folder; overrides the configuration.")
    var data: String?

    @Option(help: "The control socket; overrides the configuration.")
    var socket: String?

    func run() async throws {
        let notifier = ServiceNotifier.takingEnvironment()
        var inherited = try InheritedSockets.takingEnvironment()
        let configuration = try read()
        _ = configuration.log.bootstrap()
        let logger = Logger(label: "cloister")
        let web = try inherited.takeWeb()
        let control = try inherited.takeControl()
        try inherited.finish()
        do {
            try await Service(configuration, notifier, logger) { () throws(Problem) in try read() }
                .run(inherited: control, web: web)
        } catch {
            let problem = Problem(wrapping: error, doing: "the daemon failed")
            notifier.stopping(status: problem.message)
            throw problem
        }
    }

    /// The configuration as it is in its file now, under what the command line says.
    private func read() throws(Problem) -> DaemonConfiguration {
        var configuration = try DaemonConfiguration.load(file: config)
        if let data { configuration.data = Path.absolute(data) }
        if let socket { configuration.socket = Path.absolute(socket) }
        return configuration
    }
}
