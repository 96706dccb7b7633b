import ArgumentParser

/// A command that works without a daemon.
protocol LocalCommand: ParsableCommand, Sendable {
    /// Whether its result and errors are JSON.
    var json: Bool { get }
}

extension LocalCommand {
    var output: Output { .standard(json: json) }
}
