import Glibc
import HostTesting
import Model
import Testing

@testable import cloister

/// The author's commands as processes, on the templates and on plugins that are broken on purpose.
@Suite(.timeLimit(.minutes(10))) struct AuthorCommandTests {
    private func run(_ arguments: [String], in folder: String) async throws -> CommandRun.Outcome {
        try await CommandRun(arguments, folder: folder).outcome
    }

    /// A new plugin in a folder of its own, built where it has to be.
    private func withPlugin(
        _ language: String, _ body: (_ plugin: String, _ folder: String) async throws -> Void
    ) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let made = try await run(["plugin", "new", "word-count", "--language", language, "--in", folder], in: folder)
            #expect(made.status == 0, "\(made.errors)")
            let plugin = folder + "/word-count"
            if language == "c" {
                let status = try await make(plugin)
                #expect(status == 0)
            }
            chmod(folder, 0o755)
            try await body(plugin, folder)
        }
    }

    private func make(_ folder: String, _ targets: String...) async throws -> Int32 {
        try await status("/usr/bin/env", ["PATH=/usr/bin:/bin", "make", "-s", "-C", folder, "CC=cc"] + targets)
    }

    private func status(_ program: String, _ arguments: [String]) async throws -> Int32 {
        try await aside { try ProcessRun.status(program, arguments) }
    }

    static let languages = ["python", "node", "c", "shell"].filter { $0 != "node" || access("/usr/bin/node", X_OK) == 0 }

    @Test(arguments: languages)
    func `a new plugin is valid and passes its own fixtures sealed`(language: String) async throws {
        try await withPlugin(language) { plugin, folder in
            let validated = try await run(["plugin", "validate", plugin], in: folder)
            #expect(validated.output == "word-count 0.1.0: no mistake found (tools: 1, fixtures: 3)\n", "\(validated)")
            let tested = try await run(["plugin", "test", plugin], in: folder)
            #expect(tested.status == 0 && tested.output.hasSuffix("3 passed, 0 failed\n"), "\(tested)")
        }
    }

    @Test func `nothing is overwritten`() async throws {
        try await withPlugin("python") { _, folder in
            let again = try await run(["plugin", "new", "word-count", "--language", "c", "--in", folder], in: folder)
            #expect(again.status == 73)
            #expect(again.errors.contains("exists already: \(folder)/word-count"))
        }
    }

    @Test func `a fixture that is not met is shown with what differs, and the status is 1`() async throws {
        try await withPlugin("python") { plugin, folder in
            try FileCopy.write(
                """
                - {name: too many, tool: count, documents: {text: poem.txt}, expect: {output: {words: 99}}}
                - {name: an error instead, tool: count, documents: {text: poem.txt}, expect: {error: {code: not found}}}

                """, to: plugin + "/fixtures/count.yaml")
            let tested = try await run(["plugin", "test", plugin], in: folder)
            #expect(tested.status == 1)
            #expect(
                tested.output.contains(
                    """
                    FAIL  too many (fixtures/count.yaml:1:3)
                            at /output/words
                              - 99
                              + 13

                    """))
            #expect(
                tested.output.contains(
                    """
                    FAIL  an error instead (fixtures/count.yaml:2:3)
                            expected the error, came the output
                              + {

                    """), "\(tested)")
            #expect(tested.output.hasSuffix("0 passed, 2 failed\n"), "\(tested)")
        }
    }

    /// The program of a new plugin with one thing replaced, and what `plugin test` says then.
    private func tested(_ language: String, _ file: String, _ old: String, _ new: String) async throws -> CommandRun.Outcome {
        var outcome: CommandRun.Outcome?
        try await withPlugin(language) { plugin, folder in
            let program = String(decoding: try DaemonFixture.contents("\(plugin)/\(file)"), as: UTF8.self)
            #expect(program.contains(old))
            try FileCopy.write(program.replacing(old, with: new), to: "\(plugin)/\(file)")
            outcome = try await run(["plugin", "test", plugin], in: folder)
        }
        return try #require(outcome)
    }

    static let mistakes: [(String, String, [String])] = [
        ("lines = words = 0", "call.storage.get('x')", ["expected the output, came the error", "the manifest asks for it with"]),
        ("lines = words = 0", "os._exit(7)", ["ended during the call: exited 7"]),
        ("lines = words = 0", "raise RuntimeError('no luck')", ["count failed: RuntimeError", "| RuntimeError: no luck"]),
        (#""words": words}"#, #""words": str(words)}"#, ["/words: expected integer, found string"]),
        (#""words": words}"#, #""words": words, "x": "y" * 9000000}"#, ["larger than a line may be"]),
    ]

    @Test(arguments: mistakes)
    func `what came instead of the output is told`(old: String, new: String, words: [String]) async throws {
        let tested = try await tested("python", "main.py", old, new)
        #expect(tested.status == 1)
        for text in words { #expect(tested.output.contains(text), "\(tested)") }
        #expect(!tested.output.contains("plugin logs"), "\(tested)")
    }

    @Test func `what a program prints between its messages fails its fixtures`() async throws {
        let tested = try await tested("shell", "main.sh", "set -u\n", "set -u\necho starting\n")
        #expect(tested.status == 1)
        #expect(tested.output.contains("        strike: not JSON: unexpected character at byte 0: starting\n"), "\(tested)")
        #expect(tested.output.contains("print to standard error\n0 passed, 3 failed\n"))
    }

    @Test func `a plugin that does not start is shown with all that it wrote, and no log is named that is gone`() async throws {
        let syntax = try await tested("python", "main.py", "    minimum = ", "   minimum = ")
        #expect(syntax.status == 1)
        #expect(syntax.errors.contains("  | IndentationError: "), "\(syntax)")
        #expect(syntax.errors.contains("  hint: see every message: cloister plugin run ") && !syntax.errors.contains("plugin logs"))
        let missing = try await tested("python", "main.py", "import sys", "import sys\nimport nowhere")
        #expect(missing.errors.contains("  | ModuleNotFoundError: No module named 'nowhere'"), "\(missing)")
    }

    @Test func `a reason in front of a stack is shown, too`() async throws {
        guard Self.languages.contains("node") else { return }
        let missing = try await tested("node", "main.mjs", "import { Counter }", "import \"nowhere\";\nimport { Counter }")
        #expect(missing.errors.contains("Cannot find package 'nowhere'"), "\(missing)")
    }

    @Test func `a handler is called as the kind that the manifest has, and one that is not there is found before`() async throws {
        try await withPlugin("python") { plugin, folder in
            let manifest = String(decoding: try DaemonFixture.contents(plugin + "/plugin.yaml"), as: UTF8.self)
            try FileCopy.write(
                manifest + "hooks: [{event: document.deleted, handler: note, kind: action}]\n", to: plugin + "/plugin.yaml")
            let program = String(decoding: try DaemonFixture.contents(plugin + "/main.py"), as: UTF8.self)
            try FileCopy.write(
                program.replacing(
                    "if __name__", with: "@plugin.action(\"note\")\ndef note(call, value, context):\n    pass\n\n\nif __name__"),
                to: plugin + "/main.py")
            let fixture = "- {name: notes, hook: document.deleted, handler: note, value: {}, expect: {value: null}}\n"
            try FileCopy.write(fixture, to: plugin + "/fixtures/count.yaml")
            let tested = try await run(["plugin", "test", plugin], in: folder)
            #expect(tested.output == "pass  notes\n1 passed, 0 failed\n", "\(tested)")
            try FileCopy.write(fixture.replacing("handler: note", with: "handler: noet"), to: plugin + "/fixtures/count.yaml")
            let refused = try await run(["plugin", "validate", plugin], in: folder)
            #expect(refused.errors.contains("[0].handler: unknown handler: noet"), "\(refused)")
            #expect(refused.errors.contains("did you mean note?"))
        }
    }

    @Test func `a typing error in a fixture is answered with the word that was meant`() async throws {
        try await withPlugin("python") { plugin, folder in
            try FileCopy.write("- {name: x, tool: count, expect: {ouput: 1}}\n", to: plugin + "/fixtures/count.yaml")
            let validated = try await run(["plugin", "validate", plugin], in: folder)
            #expect(validated.errors.contains("[0].expect.ouput: unknown key"), "\(validated)")
            #expect(validated.errors.contains("did you mean output?"))
        }
    }

    @Test func `every mistake is told at once, each with its place`() async throws {
        try await withPlugin("shell") { plugin, folder in
            let manifest = BrokenPlugin.manifest.replacing("version: 1.0.0", with: "version: one")
                .replacing("/usr/bin/python3, -I, -S, plugin.py", with: "./missing") + "profile: pyton\n"
            try FileCopy.write(manifest, to: plugin + "/plugin.yaml")
            let invalid = try await run(["plugin", "validate", plugin], in: folder)
            #expect(invalid.status == 78)
            #expect(invalid.errors.contains("plugin.yaml:3:10: version"), "\(invalid.errors)")
            #expect(invalid.errors.contains("did you mean python?"))

            try FileCopy.write(manifest.replacing("version: one", with: "version: 1.0.0"), to: plugin + "/plugin.yaml")
            try FileCopy.write("- {name: x, tool: ekko, expect: {output: 1}}\n", to: plugin + "/fixtures/count.yaml")
            chmod(plugin + "/main.sh", 0o600)
            let more = try await run(["plugin", "validate", plugin], in: folder)
            for words in [
                "plugin.yaml:7:11: command[0]: executable not found", "plugin.yaml:10:10: profile: unknown profile: pyton",
                "main.sh: the plugin's own user cannot read it", "fixtures/count.yaml:1:19: [0].tool: unknown tool: ekko",
            ] { #expect(more.errors.contains(words), "\(more.errors)") }
        }
    }

    @Test func `workflows that a plugin brings along are checked with it, each with the defaults of its parameters`() async throws {
        try await withPlugin("shell") { plugin, folder in
            mkdir(plugin + "/workflows", 0o755)
            func template(_ id: String, every: String) -> String {
                """
                id: \(id)
                name: Look
                parameters: {type: object, properties: {every: {type: string, default: \(every)}}}
                workflow:
                  nodes:
                    - {id: new, type: trigger, config: {kind: poll, plugin: word-count, tool: count, every: "{{every}}", id: .id}, connections: [{to: end}]}
                    - {id: end, type: action, config: {kind: set, values: 1}}

                """
            }
            try FileCopy.write(template("look", every: "1m"), to: plugin + "/workflows/look.yaml")
            let validated = try await run(["plugin", "validate", plugin], in: folder)
            #expect(validated.output.hasSuffix(", workflows: 1)\n"), "\(validated)")
            try FileCopy.write(template("look", every: "2s"), to: plugin + "/workflows/other.yaml")
            let refused = try await run(["plugin", "validate", plugin], in: folder)
            #expect(refused.status == 78)
            #expect(refused.errors.contains("workflows/other.yaml: /workflow/nodes/0/config/every: node new: expected a time"), "\(refused)")
            #expect(refused.errors.contains("workflows/other.yaml: look.yaml is called look, too"), "\(refused)")
        }
    }

    @Test func `a plugin under watch shows its messages and is started anew when it changes`() async throws {
        try await withPlugin("python") { plugin, folder in
            let watching = try CommandRun(
                ["plugin", "run", plugin, "--watch", "--call", "count", "--document", plugin + "/fixtures/poem.txt"],
                folder: folder)
            #expect(await eventually { watching.output.contains(#""output":{"lines":3,"words":13}"#) }, "\(watching.errors)")
            #expect(watching.output.contains(#"-> {"jsonrpc":"2.0","id":1,"method":"initialize""#))
            let program = String(decoding: try DaemonFixture.contents(plugin + "/main.py"), as: UTF8.self)
            try FileCopy.write(
                program.replacing("words += words_in(line, minimum)", with: "words += 100; print('counting')"),
                to: plugin + "/main.py")
            #expect(await eventually { watching.output.contains(#""output":{"lines":3,"words":300}"#) })
            #expect(await eventually { watching.output.contains(" ! counting\n") })
            kill(watching.process, SIGINT)
            #expect(try await watching.outcome.signal == SIGINT)
        }
    }

    @Test func `tests that come with a template pass`() async throws {
        try await withPlugin("c") { plugin, _ in
            let status = try await make(plugin, "test")
            #expect(status == 0)
        }
        try await withPlugin("python") { plugin, _ in
            let ended = try await status(
                "/usr/bin/python3", ["-B", "-m", "unittest", "discover", "--start-directory", plugin + "/tests"])
            #expect(ended == 0)
        }
        try await withPlugin("shell") { plugin, _ in
            let ended = try await status(
                "/usr/bin/env", ["PATH=/usr/bin:/bin", "/bin/sh", plugin + "/tests/test.sh"])
            #expect(ended == 0)
        }
    }
}
