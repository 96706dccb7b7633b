import ArgumentParser
import Dispatch
import Model
import NIOCore
import Plugins

struct PluginConformCommand: AuthorCommand {
    static let configuration = CommandConfiguration(
        commandName: "conform", abstract: "Hold a plugin against the protocol, rule by rule.",
        discussion: """
            Plays the host towards a plugin's folder, which runs sealed, or towards any program, which runs as an \
            ordinary process. The rules are numbered as in the protocol's specification. The exit status is 1 where \
            one is broken.
            """)

    @Argument(help: "The plugin's folder, or a program and its arguments.", completion: .file())
    var subject: [String]

    @Flag(help: "Run the plugin of a folder as an ordinary process.")
    var unsealed = false

    @Option(
        help: ArgumentHelp(
            "The tool that is called; the first fixture's, or the first of the manifest.", valueName: "name"))
    var tool: String?

    @Option(help: ArgumentHelp("Its input: JSON, @FILE or - for standard input.", valueName: "json"))
    var input: String?

    @Option(
        help: ArgumentHelp("How long an answer may take.", valueName: "time"), transform: ToolArguments.deadline)
    var patience: Duration = .seconds(10)

    @Flag(help: "Print the verdicts as JSON, and errors as JSON on standard error.")
    var json = false

    func validate() throws {
        guard !subject.isEmpty else { throw ValidationError("name a plugin's folder or a program") }
        guard tool != nil || input == nil else { throw ValidationError("--input belongs to --tool") }
    }

    func run() async throws {
        let installation = try Installation(configuration: try DaemonConfiguration.load(file: nil))
        let command = self
        try await Interruption.cancelling {
            // The conversations wait in poll(2), which is nothing for a cooperative thread.
            let verdicts = try await withCheckedThrowingContinuation { continuation in
                DispatchQueue(label: "conformance").async {
                    continuation.resume(with: Result { try command.judge(installation) })
                }
            }
            if command.json {
                command.output.printJSON(ConformanceReport.json(verdicts))
            } else {
                command.output.write(ConformanceReport.summary(verdicts))
            }
            guard !verdicts.contains(where: \.hasFailed) else { throw ExitCode(1) }
        }
    }

    private func judge(_ installation: Installation) throws -> [ConformanceVerdict] {
        var known = ConformanceSubject()
        if let tool {
            let value = try input.map { (text) throws(Problem) in
                try JSONValue.parse(Array(try ToolInput.read(text).readableBytesView), as: "--input")
            }
            known.sample = .init(tool: tool, input: value ?? [:], mustSucceed: false)
        }
        guard subject.count == 1, Path.isFolder(subject[0]) else {
            let program = subject[0].contains("/") ? Path.absolute(subject[0]) : "/usr/bin/env"
            let words = program == "/usr/bin/env" ? [program] + subject : [program] + subject.dropFirst()
            return judge(.plain(command: words, folder: Path.current, sdk: installation.sdks), known)
        }
        let (manifest, fixtures) = try PluginValidateCommand.check(subject[0], installation)
        guard manifest.dialect == .cloister else {
            throw Problem(
                .unsupported, "plugin \(manifest.id) does not speak cloister/1, but \(manifest.dialect.rawValue)")
        }
        known.manifest = manifest
        known.configuration = try manifest.configuration(from: [:])
        let folder = Path.resolved(subject[0]) ?? subject[0]
        if unsealed {
            if tool == nil { known.sample = try sample(fixtures) { $0 } }
            return judge(.plain(command: manifest.command, folder: folder, sdk: installation.sdks), known)
        }
        return try ScratchSandbox.with(
            installation, folder: folder, profile: manifest.profile, limits: manifest.limits,
            environment: manifest.environment
        ) { sandbox in
            if tool == nil { known.sample = try sample(fixtures, sandbox.place) }
            return judge(.sealed(sandbox, command: manifest.command), known)
        }
    }

    private func judge(_ target: ConformanceTarget, _ known: ConformanceSubject) -> [ConformanceVerdict] {
        let output = output
        return ConformanceRun.run(target, known, patience: patience) { verdict in
            if !json { output.write(ConformanceReport.line(verdict)) }
        }
    }

    /// The first fixture of a tool that must succeed, without a configuration of its own.
    private func sample(
        _ fixtures: [Fixture], _ place: (String) throws(Problem) -> String
    ) throws(Problem) -> ConformanceSubject.Sample? {
        for fixture in fixtures where fixture.outcome == .output && fixture.configuration == [:] {
            guard case .tool(let name, let input, let documents) = fixture.call else { continue }
            var members = input.object ?? [:]
            for (property, path) in documents { members[property] = .string(try place(path)) }
            return .init(tool: name, input: .object(members), mustSucceed: true)
        }
        return nil
    }
}
