import Glibc
import HostTesting
import Model
import Testing

@testable import cloister

/// A real `cloister serve`, and commands that are given to it one after the other, as an operator types them.
struct CommandWalk: Sendable {
    let folder: String

    static func with(_ body: (CommandWalk) async throws -> Void) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let configuration = folder + "/cloister.yaml"
            try FileCopy.write(
                "data: \(folder)/data\nprofiles: \(Built.root)/sandbox-profiles\nlog: {level: error}\n", to: configuration)
            let daemon = try CommandRun(["serve", "--config", configuration], folder: folder)
            let walk = CommandWalk(folder: folder)
            let outcome: Result<Void, any Error>
            do {
                let isUp = await eventually { (try? await walk.run(["status"]).status) == 0 }
                try #require(isUp, "the daemon under test did not start: \(daemon.errors)")
                try await walk.go("tenant create acme --name Acme", shows: "tenant", "acme")
                outcome = .success(try await body(walk))
            } catch {
                outcome = .failure(error)
            }
            kill(daemon.process, SIGTERM)
            let end = try await daemon.outcome
            try outcome.get()
            #expect(end.status == 0, "\(end.errors)")
        }
    }

    /// Gives a command, whose words are set apart by spaces, and looks for texts in what it says. `:` stands for
    /// `--tenant acme`, `@` at the beginning of a word for the walk's folder.
    @discardableResult
    func go(
        _ line: String, input: String = "", status: Int32 = 0, shows texts: String..., location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let outcome = try await run(words(line), input: input)
        let said = outcome.output + outcome.errors
        #expect(outcome.status == status, "\(line): \(said)", sourceLocation: location)
        for text in texts { #expect(said.contains(text), "\(line): \(said)", sourceLocation: location) }
        return said
    }

    /// What a command answers with `--json`.
    func json(_ line: String, input: String = "", location: SourceLocation = #_sourceLocation) async throws -> JSONValue {
        let outcome = try await run(words(line) + ["--json"], input: input)
        #expect(outcome.status == 0, "\(line): \(outcome.errors)", sourceLocation: location)
        return try JSONValue.parse(outcome.output, as: "the answer of \(line)")
    }

    /// Gives a command that lists something, and returns a member of the first entry.
    func first(_ line: String, of list: String, _ member: String, location: SourceLocation = #_sourceLocation) async throws -> String {
        let answer = try await json(line, location: location)
        return try #require(answer[list]?.array?.first?[member]?.string, "\(answer.compactText)", sourceLocation: location)
    }

    func write(_ text: String, to name: String) throws { try FileCopy.write(text, to: "\(folder)/\(name)") }

    private func words(_ line: String) -> [String] {
        line.split(separator: " ").flatMap { word in
            switch word.first {
            case ":" where word.count == 1: ["--tenant", "acme"]
            case "@": ["\(folder)/\(word.dropFirst())"]
            default: [String(word)]
            }
        }
    }

    private func run(_ words: [String], input: String = "") async throws -> CommandRun.Outcome {
        try await CommandRun(
            words, folder: folder, environment: ["CLOISTER_SOCKET=\(folder)/data/control.sock"], input: input
        ).outcome
    }
}
