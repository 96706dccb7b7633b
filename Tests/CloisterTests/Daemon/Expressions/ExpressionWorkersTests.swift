import Control
import Glibc
import HostTesting
import Logging
import Model
import Plugins
import Store
import Supervisor
import Testing
import Workflows

@testable import cloister

/// The evaluator of a daemon, with real sealed workers.
@Suite(.timeLimit(.minutes(5))) struct ExpressionWorkersTests {
    @Test func `whole numbers keep every digit, in values, texts and comparisons`() async throws {
        let table: [(program: String, value: String)] = [
            (".id", "9007199254740993"), ("[.id, .id - .id]", "[9007199254740993,0]"), (".deep[0].id", "-9223372036854775809"),
            (#""order \(.id)""#, #""order 9007199254740993""#), (".id | tostring", #""9007199254740993""#),
            (".deep | tojson", #""[{\"id\":-9223372036854775809}]""#), (#".text | tonumber"#, "1234567890123456789"),
            (#".text | fromjson"#, "1234567890123456789"), (".id == 9007199254740992", "false"),
            (".id == 9007199254740993", "true"), (".id > 9007199254740992", "true"), ("[.id, 9007199254740992] | unique | length", "2"),
            ("{x: .id} == {x: 9007199254740992}", "false"), ("[9007199254740992] | index($id)", "null"), ("$id", "9007199254740993"),
            (".id + 1", "9007199254740992"), (".id | type", #""number""#), (".large", "1234567890123456789012345"),
            (".decimal", "0.1"), (".precise", "3.141592653589793"), ("[.id] | @csv", #""9007199254740993""#),
            (#"@uri "/orders/\(.id)""#, #""/orders/9007199254740993""#), ("1152921504606846977", "1152921504606846977"),
            // Beside what is too deep for jq to write, too; two literals are doubles, as the manual says.
            ("[.id, (reduce range(300) as $i (0; [.]))] | tojson | .[:20]", #""[9007199254740993,[[""#),
            ("9007199254740993 == 9007199254740992", "true"),
            // By what they hold, and not by where it lies.
            ("[nan] | . == .", "false"), ("{a: [nan, 1]} | . == .", "false"), ("[1, 2] as $x | $x[:1] == $x[1:]", "false"),
            ("[1, nan] as $x | [$x[:1], $x] | [. == ., .[0] == .[0]]", "[false,true]"), ("[range(1000) | [.]] | [. == ., . <= .]", "[true,true]"),
            // Small values that are long to walk.
            ("reduce range(40) as $i (1; [., .]) | . == .", "true"), ("reduce range(40) as $i (1; {a: ., b: .}) | [. == ., . <= ., . < .]", "[true,true,false]"),
            ("reduce range(40) as $i (nan; [., .]) | . == .", "false"), ("reduce range(40) as $i (1; [., .]) | [., 1, .] | unique | length", "2"),
        ]
        let input = """
            {"id": 9007199254740993, "deep": [{"id": -9223372036854775809}], "text": "1234567890123456789",
             "large": 1234567890123456789012345, "decimal": 0.10, "precise": 3.141592653589793238}
            """
        try await DaemonFixture.with { host in
            let results = try await host.daemon.expressions.evaluate(
                table.map { Evaluation($0.program, input: input, variables: ["id": "9007199254740993"]) }, for: host.tenant)
            for (row, result) in zip(table, results) { #expect(result == .success([row.value]), "\(row.program)") }
        }
    }

    @Test func `a fault of syntax names line and column of the program as it was written`() async throws {
        let table: [(program: String, line: Int?, column: Int?, words: String)] = [
            (".a +", 1, 4, "unexpected end of the program"), ("1 |\n  foo(.)", 2, 3, "foo/1 is not defined"),
            ("$y", 1, 1, "$y is not defined"), (".a | ]", 1, 6, "unexpected"), ("1) | (2", 1, 2, "unexpected"),
            ("\"äöü\" | bar", 1, 9, "bar/0 is not defined"), ("# nothing\n.[", 2, 2, "unexpected"),
        ]
        try await DaemonFixture.with { host in
            let faults = try await host.daemon.expressions.check(
                table.map(\.program), variables: ["x", "longer_name"], for: host.tenant)
            for (row, fault) in zip(table, faults) {
                #expect(fault?.kind == .syntax && fault?.line == row.line && fault?.column == row.column, "\(row.program): \(String(describing: fault))")
                #expect(fault?.message.contains(row.words) == true, "\(row.program): \(fault?.message ?? "")")
            }
            let names = try await host.daemon.expressions.check(["."], variables: ["a-b"], for: host.tenant)
            #expect(names[0]?.message == "not the name of a variable: $a-b")
        }
    }

    @Test func `a program's own error is a fault that quotes no input`() async throws {
        try await DaemonFixture.with { host in
            let results = try await host.daemon.expressions.evaluate(
                [
                    Evaluation(#"error("no customer")"#, input: "1"), Evaluation(#"1 + .card"#, input: #"{"card": "4111"}"#),
                    Evaluation(".card | fromjson", input: #"{"card": "x4111"}"#), Evaluation(#""over" | halt_error"#, input: "1"),
                    Evaluation(".", input: "{"),
                ], for: host.tenant)
            let messages = results.map { result in
                if case .failure(let fault) = result, fault.kind == .evaluation { fault.message } else { "" }
            }
            #expect(messages[0] == "no customer" && messages[3] == "over" && messages[4] == "the input is not JSON")
            #expect(messages[1] == "number (…) and string (…) cannot be added")
            #expect(messages[2].contains("Invalid") && !messages[2].contains("4111"))
        }
    }

    @Test func `two tenants never share a worker, and a tenant keeps its own`() async throws {
        try await DaemonFixture.with { host in
            let workers = host.daemon.expressions
            let other = TenantID(unchecked: "other")
            _ = try await workers.evaluate([Evaluation(".", input: "1")], for: host.tenant)
            _ = try await workers.evaluate([Evaluation(".", input: "1")], for: other)
            let first = try await Self.processes(host)
            #expect(first.count >= 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let tenant = number.isMultiple(of: 2) ? host.tenant : other
                        let result = try await workers.evaluate(
                            [Evaluation("[., $t]", input: "\(number)", variables: ["t": "\"\(tenant)\""])], for: tenant)
                        #expect(result == [.success(["[\(number),\"\(tenant)\"]"])])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.processes(host).count <= WorkerRota.Limits().workers)
            let report = try await host.send(.status)
            let shown = report["children"]?.array?.filter { $0["plugin"]?.string == "expressions" } ?? []
            #expect(shown.count >= 2 && shown.allSatisfy { $0["tenant"]?.string == "_workers" })
            #expect(TenantID(rawValue: ExpressionWorkers.tenant.rawValue) == nil)
        }
    }

    @Test func `idle workers end, and one is started again when it is needed`() async throws {
        try await DaemonFixture.with { host in
            var limits = WorkerRota.Limits()
            limits.idle = .milliseconds(200)
            let daemon = host.daemon
            let installation = Installation(folder: Built.folder, configuration: daemon.configuration)
            let workers = ExpressionWorkers(
                daemon.supervisor,
                WorkerBlueprint(
                    data: daemon.store.folder.path, stage: daemon.store.folder.path + "/stage", profiles: daemon.profiles,
                    identities: daemon.identities, groups: daemon.groups, enforcement: daemon.enforcement
                ) { () throws(Problem) in try installation.worker }, limits: limits, logger: daemon.logger)
            for _ in 0..<2 {
                let result = try await workers.evaluate([Evaluation(".", input: "1")], for: host.tenant)
                #expect(result == [.success(["1"])])
                var left = 1
                for _ in 0..<1000 where left > 0 {
                    try await Task.sleep(for: .milliseconds(10))
                    left = daemon.supervisor.all.count
                }
                #expect(left == 0)
            }
            await workers.shutDown()
            let refusal = await problem { try await workers.evaluate([Evaluation(".", input: "1")], for: host.tenant) }
            #expect(refusal?.code == .shuttingDown)
        }
    }

    @Test func `the daemon's end leaves no worker behind`() async throws {
        var processes: [Int32] = []
        try await DaemonFixture.with { host in
            _ = try await host.daemon.expressions.evaluate([Evaluation(".", input: "1")], for: host.tenant)
            processes = try await Self.processes(host)
            #expect(!processes.isEmpty)
        }
        for process in processes { #expect(kill(process, 0) != 0, "\(process) lives") }
    }

    @Test func `without the executable an evaluation says so`() async throws {
        try await DaemonFixture.with { host in
            let daemon = host.daemon
            let workers = ExpressionWorkers(
                daemon.supervisor,
                WorkerBlueprint(
                    data: host.folder, stage: daemon.store.folder.path + "/stage", profiles: daemon.profiles,
                    identities: daemon.identities, groups: daemon.groups, enforcement: daemon.enforcement
                ) { () throws(Problem) in throw Problem(.invalidConfiguration, "cloister-worker not found") },
                logger: daemon.logger)
            let refusal = await problem { try await workers.evaluate([Evaluation(".", input: "1")], for: host.tenant) }
            #expect(refusal?.code == .unreachable && refusal?.cause?.contains("cloister-worker not found") == true)
            await workers.shutDown()
        }
    }

    @Test func `many evaluations over few programs come back in order`() async throws {
        try await DaemonFixture.with { host in
            let programs = [". + 1", "[.]", "{n: .}", #""\(.)""#]
            let evaluations = (0..<2000).map { Evaluation(programs[$0 % 4], input: "\($0)") }
            let results = try await host.daemon.expressions.evaluate(evaluations, for: host.tenant)
            for (number, result) in results.enumerated() {
                let expected = ["\(number + 1)", "[\(number)]", "{\"n\":\(number)}", "\"\(number)\""][number % 4]
                #expect(result == .success([expected]))
            }
        }
    }

    @Test func `what is too large to send is refused alone`() async throws {
        try await DaemonFixture.with { host in
            let large = "\"" + String(repeating: "x", count: ExpressionWork.itemBytes) + "\""
            let big = "\"" + String(repeating: "y", count: 2 << 20) + "\""
            let results = try await host.daemon.expressions.evaluate(
                [
                    Evaluation("length", input: big), Evaluation(".", input: large), Evaluation(".", input: big),
                    Evaluation(String(repeating: " ", count: ExpressionWork.programBytes) + ".", input: "1"),
                    Evaluation("length", input: big),
                ], for: host.tenant)
            #expect(results[0] == .success(["2097152"]) && results[2] == .success([big]) && results[4] == results[0])
            for index in [1, 3] {
                guard case .failure(let fault) = results[index] else { Issue.record("\(index)"); continue }
                #expect(fault.kind == .limit)
            }
        }
    }

    private static func processes(_ host: DaemonFixture) async throws -> [Int32] {
        await host.daemon.host.statuses.filter { $0.plugin == ExpressionWorkers.plugin }.flatMap(\.instances).compactMap(\.processID)
    }
}
