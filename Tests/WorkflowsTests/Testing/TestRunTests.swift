import Model
import Testing

@testable import Workflows

/// Runs of tests, with an evaluator that is played.
@Suite struct TestRunTests {
    private static let acme = TenantID(unchecked: "acme")

    private static let send: JSONValue = ["kind": "tool", "plugin": "probe", "tool": "send", "retry": ["attempts": 3, "delay": "1h"]]

    private static func chain(_ config: JSONValue, more: [String: JSONValue] = [:]) -> JSONValue {
        Definition.with(
            [
                Definition.node("start", "trigger", ["kind": "manual"], to: ["work"]),
                Definition.node("work", "action", config, to: ["after"]),
                Definition.node("after", "action", ["kind": "transform", "expression": "."]),
            ], more)
    }

    private func verdict(_ definition: JSONValue, _ test: JSONValue) async throws -> TestVerdict {
        guard case .object(var members) = test else { throw Problem(.invalidInput, "no test") }
        members["name"] = "it"
        let workflow = try Workflow(reading: definition)
        let tests = try WorkflowTest.list([.object(members)], of: workflow)
        let verdicts = try await WorkflowTester(PathEvaluator(world: World())).run(tests, of: workflow, version: 0, for: Self.acme)
        return try #require(verdicts.first)
    }

    private func complaints(_ definition: JSONValue, _ test: JSONValue) async throws -> [String] {
        try await verdict(definition, test).complaints
    }

    @Test func `a mock takes the place of an effect, and the run goes on with what it gives`() async throws {
        let test: JSONValue = [
            "input": ["a": 1], "mocks": ["work": ["output": ["sent": "${ .a }"]]],
            "expect": ["output": ["sent": 1.0], "nodes": ["work": ["state": "succeeded", "input": ["a": 1], "attempts": 1]]],
        ]
        #expect(try await complaints(Self.chain(Self.send), test) == [])
    }

    @Test func `without a mock nothing is done, and the test says so`() async throws {
        let complaints = try await complaints(Self.chain(Self.send), [:])
        #expect(complaints.count == 1)
        #expect(complaints.first?.contains("it fails at work: notMocked") == true, "\(complaints)")
    }

    @Test func `attempts take their mocks in turn, and hours between them take no time`() async throws {
        let test: JSONValue = [
            "mocks": ["work": [["error": ["code": "unreachable"]], ["error": ["code": "unreachable"]], ["output": 7]]],
            "expect": ["output": 7, "nodes": ["work": ["attempts": 3]]],
        ]
        let began = ContinuousClock.now
        let verdict = try await verdict(Self.chain(Self.send), test)
        #expect(verdict.complaints == [])
        let step = try #require(verdict.steps.first { $0.key.node.rawValue == "work" })
        #expect((step.ended ?? 0) - step.began >= 2 * 3_600_000)
        #expect(ContinuousClock.now - began < .seconds(60))
    }

    @Test func `the jitter of retries is drawn, and alike each time`() async throws {
        let jittery: JSONValue = ["kind": "tool", "plugin": "probe", "tool": "send", "retry": ["attempts": 3, "delay": "1s", "jitter": "7s"]]
        let test: JSONValue = ["mocks": ["work": [["error": ["code": "unreachable"]], ["error": ["code": "unreachable"]], ["output": 7]]]]
        let first = try await verdict(Self.chain(jittery), test)
        let second = try await verdict(Self.chain(jittery), test)
        #expect(first.complaints == [])
        #expect(first.steps == second.steps)
    }

    @Test func `what nobody hears of waits for a person where it must not happen twice`() async throws {
        let complaints = try await complaints(
            Self.chain(Self.send), ["mocks": ["work": ["lost": true]], "expect": ["status": "waiting", "nodes": ["work": ["state": "unknown"], "after": ["state": "unreached"]]]])
        #expect(complaints == [])
    }

    @Test func `a mock that takes longer than the node may have is a timeout`() async throws {
        let slow: JSONValue = ["kind": "tool", "plugin": "probe", "tool": "send", "timeout": "10s", "idempotency": "idempotent"]
        let complaints = try await complaints(
            Self.chain(slow),
            ["mocks": ["work": ["output": 1, "after": "11s"]], "expect": ["status": "failed", "error": ["code": "deadlineExceeded", "node": "work"]]])
        #expect(complaints == [])
    }

    @Test func `people decide when the test says so, before and after a deadline`() async throws {
        let approval: JSONValue = ["kind": "approval", "title": "Well?", "approvers": ["admin"], "deadline": "2h", "required": 2]
        let definition = Definition.with([
            Definition.node("start", "trigger", ["kind": "manual"], to: ["work"]),
            Definition.node("work", "action", approval, to: ["approved>yes", "expired>late"]),
            Definition.node("yes", "action", ["kind": "set", "values": "yes"]),
            Definition.node("late", "action", ["kind": "set", "values": "late"]),
        ])
        func test(_ after: JSONValue, _ output: JSONValue) -> JSONValue {
            [
                "mocks": ["work": ["decisions": [["person": "a@b.c", "form": ["why": "so"]], ["person": "d@e.f", "after": after]]]],
                "expect": ["output": output],
            ]
        }
        #expect(try await complaints(definition, test("1h", "yes")) == [])
        #expect(try await complaints(definition, test("3h", "late")) == [])
        #expect(try await complaints(definition, ["expect": ["output": "late"]]) == [])
        let waiting = try await complaints(
            Definition.with([
                Definition.node("start", "trigger", ["kind": "manual"], to: ["work"]),
                Definition.node("work", "action", ["kind": "approval", "title": "Well?", "approvers": ["admin"]]),
            ]), [:])
        #expect(waiting.first?.contains("it waits for a person at work (waiting)") == true, "\(waiting)")
    }

    @Test func `a pinned node gives its value and is not worked out`() async throws {
        let complaints = try await complaints(
            Self.chain(Self.send), ["pins": ["work": ["kept": true]], "expect": ["output": ["kept": true], "nodes": ["work": ["attempts": 0]]]])
        #expect(complaints == [])
    }

    @Test func `a run to a node goes no further, and one of a node begins there`() async throws {
        let definition = Definition.with([
            Definition.node("start", "trigger", ["kind": "manual"], to: ["aside", "first"]),
            Definition.node("aside", "action", Self.send),
            Definition.node("first", "action", ["kind": "transform", "expression": ".a"], to: ["second"]),
            Definition.node("second", "action", ["kind": "transform", "expression": "$nodes.first"], to: ["third"]),
            Definition.node("third", "action", Self.send),
        ])
        let until = try await verdict(definition, ["input": ["a": 3], "until": "second", "expect": ["output": 3, "nodes": ["aside": ["state": "unreached"]]]])
        #expect(until.complaints == [])
        #expect(until.steps.map(\.key.description) == ["start", "first", "second"])
        let only = try await verdict(definition, ["only": "second", "pins": ["first": 9], "expect": ["output": 9]])
        #expect(only.complaints == [])
        #expect(only.steps.map(\.key.description) == ["start", "second"])
    }

    @Test func `a run to a node in a loop stops in its first turn`() async throws {
        let definition = Definition.with([
            Definition.node("start", "trigger", ["kind": "manual"], to: ["each"]),
            Definition.node("each", "loop", ["kind": "forEach", "items": ".list"], to: ["each>inner", "done>after"]),
            Definition.node("inner", "action", ["kind": "transform", "expression": "$item"], to: ["tail"]),
            Definition.node("tail", "action", Self.send),
            Definition.node("after", "action", Self.send),
        ])
        let verdict = try await verdict(definition, ["input": ["list": [5, 6]], "until": "inner", "expect": ["status": "stopped", "nodes": ["each.0/inner": ["output": 5]]]])
        #expect(verdict.complaints == [])
    }

    @Test func `a mock reads what expressions read where its step stands`() async throws {
        let definition = Definition.with([
            Definition.node("start", "trigger", ["kind": "manual"], to: ["first"]),
            Definition.node("first", "action", ["kind": "transform", "expression": ".a"], to: ["each"]),
            Definition.node("each", "loop", ["kind": "forEach", "items": "$trigger.list"], to: ["each>work"]),
            Definition.node("work", "action", Self.send),
        ])
        let test: JSONValue = [
            "input": ["a": 3, "list": [5, 6]], "mocks": ["work": ["output": ["a": "${ $nodes.first }", "item": "${ $item }"]]],
            "expect": ["output": [["a": 3, "item": 5], ["a": 3, "item": 6]]],
        ]
        #expect(try await complaints(definition, test) == [])
    }

    @Test func `each difference is told with its place`() async throws {
        let complaints = try await complaints(
            Self.chain(Self.send),
            [
                "mocks": ["work": ["output": ["a": 1, "b": [1, 2]]]],
                "expect": ["output": ["a": 2, "b": [1]], "nodes": ["work": ["port": "error", "attempts": 2], "after": ["state": "failed"]]],
            ])
        #expect(
            complaints == [
                "output/a: expected 2, was 1", "output/b/1: not expected: 2", "after/state: expected failed, was succeeded",
                "work/port: expected error, was out", "work/attempts: expected 2, was 1",
            ])
    }

    @Test func `an endless loop comes to its end`() async throws {
        let endless = Definition.with([
            Definition.node("start", "trigger", ["kind": "manual"], to: ["each"]),
            Definition.node("each", "loop", ["kind": "while", "condition": "true", "limit": 10_000], to: ["each>inner"]),
            Definition.node("inner", "action", ["kind": "transform", "expression": "."]),
        ])
        let complaints = try await complaints(endless, [:])
        #expect(complaints.first?.contains("quotaExceeded: more than 5000 steps") == true, "\(complaints)")
        let bulky = Self.chain(["kind": "transform", "expression": "."])
        let large = JSONValue.string(String(repeating: "x", count: 900_000))
        let tests = (0..<10).map { JSONValue.object(["name": .string("\($0)"), "pins": ["work": large]]) }
        let workflow = try Workflow(reading: bulky)
        let list = try (0..<10).flatMap { try WorkflowTest.list([tests[$0]], of: workflow) }
        let tester = WorkflowTester(PathEvaluator(world: World()))
        let problem = await problem { try await tester.run(list, of: workflow, version: 0, for: Self.acme) }
        #expect(problem?.code == .quotaExceeded)
    }

    private func problem(_ body: () async throws -> Any) async -> Problem? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? Problem
        }
    }

    @Test(arguments: [
        (["name": "a", "mocks": ["after": ["output": 1]]], "after has no effect that could be mocked"),
        (["name": "a", "mocks": ["wrok": ["output": 1]]], "did you mean work?"),
        (["name": "a", "mocks": ["work": ["output": 1, "error": ["code": "x"]]]], "expected one of output, error and lost"),
        (["name": "a", "mocks": ["work": []]], "expected one outcome"),
        (["name": "a", "pins": ["start": 1]], "it cannot be pinned"),
        (["name": "a", "until": "after", "only": "work"], "either until or only"),
        (["name": "a", "only": "start"], "a trigger does nothing alone"),
        (["name": "a", "trigger": "work"], "no trigger is called work"),
        (["name": "a", "at": "yesterday"], "expected a moment"),
        (["name": "a", "expect": ["nodes": ["nobody": [:]]]], "no node is called"),
        (["name": "a", "expect": ["nodes": ["work": ["state": "fine"]]]], "expected unreached or one of"),
        (["name": "a", "expects": 1], "unknown member"), ([:], "missing"),
    ] as [(JSONValue, String)])
    func `a test that makes no sense is refused with the place`(_ test: JSONValue, _ complaint: String) {
        let findings = Definition.findings(Self.chain(Self.send, more: ["tests": [test]]))
        #expect(findings.contains { $0.hasPrefix("/tests/0") && $0.contains(complaint) }, "\(findings)")
    }

    @Test func `tests of one name, and too many, are refused`() {
        let twice = Definition.findings(Self.chain(Self.send, more: ["tests": [["name": "a"], ["name": "a"]]]))
        #expect(twice.contains { $0.contains("a second test of this name") }, "\(twice)")
        let many = (0...WorkflowTest.most).map { JSONValue.object(["name": .string("\($0)")]) }
        #expect(Definition.findings(Self.chain(Self.send, more: ["tests": .array(many)])).contains { $0.contains("at most 50 tests") })
    }

    @Test func `what the form of a trigger does not admit begins no test`() async throws {
        let definition = Definition.with([
            Definition.node("start", "trigger", ["kind": "manual", "form": ["type": "object", "required": ["a"]]], to: ["work"]),
            Definition.node("work", "action", ["kind": "transform", "expression": "."]),
        ])
        let problem = await problem { try await verdict(definition, ["input": ["b": 1]]) }
        #expect(problem?.code == .invalidInput)
    }
}
