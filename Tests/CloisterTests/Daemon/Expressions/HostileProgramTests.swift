import Glibc
import HostTesting
import Model
import Plugins
import Supervisor
import Testing
import Workflows

@testable import cloister

/// Programs that would take all time, memory or stack, or break libjq, in a real sealed worker: each ends itself and nothing else.
@Suite(.timeLimit(.minutes(5))) struct HostileProgramTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let program: String
        /// Words of the fault, one of which it must have.
        let reasons: [String]
        var testDescription: String { program }

        init(_ program: String, _ reasons: String...) {
            self.program = program
            self.reasons = reasons
        }
    }

    private static let cases = [
        Case("def f: f; f", "time"),
        Case("[range(1e12)]", "time", "memory"),
        Case("until(false; .)", "time"),
        Case("last(range(1e12))", "time"),
        Case("def f: 1 + f; f", "memory"),
        Case("def f: [f]; f", "memory"),
        Case("def f(x): f(x | x); f(.)", "memory"),
        Case(#""x" * 1e9"#, "memory", "time"),
        Case("[limit(1e9; repeat(1))]", "time", "memory"),
        Case("reduce range(1e6) as $i (0; [.])", "stack"),
        Case(#""x" * 5e6"#, "4 MiB"),
        Case("1e1000 | todate", "broke the interpreter"),
        Case(#""xxxxxxxxxxxxxxxx" | until(false; . + .)"#, "memory", "time", "broke the interpreter"),
        Case("., .", "more than one value"),
        Case("reduce range(300) as $i (0; [.])", "nested deeper than 256"),
    ]

    @Test func `each ends its own evaluation, says what ran out, and leaves its neighbours right`() async throws {
        try await DaemonFixture.with { host in
            let innocent = Evaluation(". + 1", input: "41")
            let evaluations = Self.cases.flatMap { [Evaluation($0.program, input: "1"), innocent] }
            let results = try await host.daemon.expressions.evaluate(evaluations, for: host.tenant)
            try #require(results.count == evaluations.count)
            for (index, hostile) in Self.cases.enumerated() {
                guard case .failure(let fault) = results[2 * index] else {
                    Issue.record("\(hostile.program) gives \(results[2 * index])")
                    continue
                }
                #expect(fault.kind == .limit, "\(hostile.program): \(fault)")
                #expect(hostile.reasons.contains { fault.message.contains($0) }, "\(hostile.program): \(fault.message)")
                #expect(results[2 * index + 1] == .success(["42"]), "beside \(hostile.program)")
            }
        }
    }

    @Test func `an input that is nested too deeply is a fault of its own`() async throws {
        try await DaemonFixture.with { host in
            let deep = String(repeating: "[", count: 10_001) + String(repeating: "]", count: 10_001)
            let results = try await host.daemon.expressions.evaluate(
                [Evaluation(".", input: deep), Evaluation("$x", input: "1", variables: ["x": deep]), Evaluation(".", input: "1")],
                for: host.tenant)
            for result in results.prefix(2) {
                guard case .failure(let fault) = result else { Issue.record("\(result)"); continue }
                #expect(fault.kind == .limit && fault.message.contains("nested deeper than 256"))
            }
            #expect(results[2] == .success(["1"]))
        }
    }

    @Test func `a worker that is killed in the middle of an evaluation is no fault of the evaluation`() async throws {
        try await DaemonFixture.with { host in
            let workers = host.daemon.expressions
            _ = try await workers.evaluate([Evaluation(".", input: "1")], for: host.tenant)
            async let results = workers.evaluate(
                [Evaluation("1", input: "1"), Evaluation("reduce range(1500000) as $i (0; . + 1)", input: "1")], for: host.tenant)
            var killed: Int32?
            for _ in 0..<2000 where killed == nil {
                let busy = await host.daemon.host.statuses.flatMap(\.instances).first { $0.inFlight > 0 && $0.processID != nil }
                killed = busy?.processID
                if killed == nil { try await Task.sleep(for: .milliseconds(1)) }
            }
            kill(try #require(killed), SIGKILL)
            let given = try await results
            #expect(given == [.success(["1"]), .success(["1500000"])])
        }
    }

    @Test func `nothing is read, written or learned of the host`() async throws {
        try await DaemonFixture.with { host in
            setenv("CLOISTER_TEST_SECRET", "secret", 1)
            defer { unsetenv("CLOISTER_TEST_SECRET") }
            let programs: [(String, [String])] = [
                ("env", ["{}"]), ("$ENV", ["{}"]), ("[inputs]", ["[]"]), ("debug", ["1"]), ("stderr", ["1"]),
                ("input_filename", ["null"]), ("get_search_list", ["[]"]), ("input_line_number", ["0"]), ("halt", []),
                ("try input catch .", [#""an expression has no further input""#]),
                (#"try ("a" | modulemeta) catch ."#, [#""an expression has no modules""#]),
            ]
            let results = try await host.daemon.expressions.evaluate(
                programs.map { Evaluation($0.0, input: "1") }, for: host.tenant)
            for (program, result) in zip(programs, results) { #expect(result == .success(program.1), "\(program.0)") }
            let faults = try await host.daemon.expressions.check(
                [#"include "a"; ."#, #"import "/etc/passwd" as $p; ."#, "$__prog_args", "."], variables: [], for: host.tenant)
            #expect(faults.map { $0?.kind } == [.syntax, .syntax, .syntax, nil])
            let log = await host.daemon.supervisor.all.first?.log(last: 50).map(\.text) ?? []
            #expect(log.allSatisfy { !$0.contains("DEBUG") && $0 != "1" }, "\(log)")
        }
    }
}
