import ArgumentParser
import Control
import HostTesting
import Model
import Testing

@testable import cloister

@Suite(.timeLimit(.minutes(2)))
struct ExitStatusTests {
    @Test(arguments: Problem.Code.allCases)
    func `the command ends with the status of the daemon's problem and says it`(code: Problem.Code) async throws {
        let problem = Problem(code, "something: went wrong", hint: "do better", cause: "because\nof this")
        try await CommandFixture.with({ _, _ in throw problem }) { (fixture) async throws in
            let run = try await fixture.run("plugin", "show", "exif", "--tenant", "acme")
            #expect(run.status == code.exitStatus)
            #expect(run.output.isEmpty)
            #expect(run.errors == "cloister: something: went wrong\n  | because\n  | of this\n  hint: do better\n")
            let json = try await fixture.run("plugin", "show", "exif", "--tenant", "acme", "--json")
            #expect(json.status == code.exitStatus)
            #expect(json.output.isEmpty)
            let value = try JSONValue.parse(json.errors)
            #expect(value["code"]?.string == code.rawValue)
            #expect(value["exitStatus"]?.integer == Int64(code.exitStatus))
        }
    }

    @Test func `a deadline on the client's side is a deadline too`() async throws {
        try await CommandFixture.with({ _, _ in
            // A daemon that does not keep to the deadline it was given.
            try await Task.sleep(for: .seconds(600))
            return .value([:])
        }) { (fixture) async throws in
            let run = try await fixture.run("plugin", "call", "exif", "x", "--tenant", "acme", "--deadline", "10ms")
            #expect(run.status == 124)
        }
    }

    @Test(arguments: [
        [], ["--help"], ["--version"], ["help", "plugin", "call"], ["plugin"], ["tenant", "create", "--help"],
        ["completion", "bash"], ["completion", "zsh"], ["completion", "fish"],
    ])
    func `asking for help is no error`(arguments: [String]) async throws {
        let run = try await Self.run(arguments)
        #expect(run.status == 0)
        #expect(!run.output.isEmpty)
        #expect(run.errors.isEmpty)
    }

    @Test(arguments: [
        ["frobnicate"], ["tenant", "create"], ["tenant", "create", "Acme"], ["tenant", "create", "../acme"],
        ["tenant", "create", "acme", "--memory", "much"], ["tenant", "create", "acme", "--processes", "1.5"],
        ["tenant", "delete", "acme"], ["plugin", "list", "--tenant", "A"], ["plugin", "call", "exif"],
        ["plugin", "call", "exif", "x"], ["plugin", "call", "exif", "x", "--tenant", "a", "--deadline", "5"],
        ["plugin", "call", "exif", "x", "--tenant", "a", "--deadline", "0s"],
        ["plugin", "run", "exif", "--tenant", "a", "--input", "{}"], ["plugin", "logs", "exif", "--tenant", "a", "--lines", "-1"],
        ["completion", "ksh"], ["status", "--socket"],
    ])
    func `a command that cannot be understood is a usage error`(arguments: [String]) async throws {
        let run = try await Self.run(arguments)
        #expect(run.status == 64)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("Usage: cloister"))
    }

    @Test func `without a daemon the command says how to start one`() async throws {
        let run = try await Self.run(["status", "--socket", "/nonexistent/control.sock"])
        #expect(run.status == 69)
        #expect(run.errors.hasPrefix("cloister: no daemon at /nonexistent/control.sock\n  hint: start one with: cloister serve"))
    }

    @Test(arguments: [
        ("/a", "/b", true, "/a"), (nil, "/b", true, "/b"), (nil, "", true, ".cloister/data/control.sock"),
        (nil, nil, true, ".cloister/data/control.sock"), (nil, nil, false, "/run/cloister/control.sock"),
    ] as [(String?, String?, Bool, String)])
    func `the socket is looked for in the documented order`(
        option: String?, environment: String?, localExists: Bool, expected: String
    ) {
        #expect(ClientOptions.socketPath(option: option, environment: environment, localExists: localExists) == expected)
    }

    private static func run(_ arguments: [String]) async throws -> CommandRun.Outcome {
        try await TemporaryFolder.with { (folder) async throws in
            try await CommandRun(arguments, folder: folder).outcome
        }
    }
}
