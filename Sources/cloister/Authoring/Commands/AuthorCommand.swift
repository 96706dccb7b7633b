import ArgumentParser

/// A command for authors that needs no daemon.
protocol AuthorCommand: LocalCommand, AsyncParsableCommand {}
