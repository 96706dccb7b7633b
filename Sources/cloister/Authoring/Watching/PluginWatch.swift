import Model
import Plugins
import Supervisor

/// Runs a plugin on a host of its own, and again whenever its folder changes, until the task is cancelled.
struct PluginWatch: Sendable {
    let folder: String
    let configuration: JSONValue
    /// Called after every start.
    let call: (tool: String, input: JSONValue, document: String?, deadline: Duration?)?
    let output: WatchOutput

    func run(_ settings: DaemonConfiguration) async throws {
        let output = output
        let tap: WireTap.Observer = { _, direction, line in output.show(direction, line) }
        try await WorkbenchHost.with(settings, tap: tap) { bench in
            output.say("a host of its own for \(folder); ends with Control-C")
            output.say("from elsewhere: cloister plugin call ID TOOL --tenant \(bench.tenant) --socket \(bench.socket)")
            var watch = FolderWatch(folder)
            while true {
                do {
                    try await start(bench)
                } catch var problem as Problem where problem.code != .cancelled {
                    // What it wrote stands above, and this host has no log that another command could show.
                    if problem.code == .pluginFailed { (problem.cause, problem.hint) = (nil, nil) }
                    output.say("\(CommandFailure.text(problem).dropLast())")
                }
                try await watch.change()
                output.say("the folder has changed")
            }
        }
    }

    private func start(_ bench: WorkbenchHost) async throws {
        try await bench.run(folder: folder, configuration: configuration)
        guard let call, let plugin = try await bench.daemon.host.list(tenant: bench.tenant).first?.id else { return }
        _ = try await bench.call(
            call.tool, of: plugin, input: call.input, documents: call.document.map { ["": $0] } ?? [:],
            deadline: call.deadline)
    }
}
