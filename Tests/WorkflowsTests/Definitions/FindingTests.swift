import Model
import Testing

@testable import Workflows

/// What is wrong with a definition: each finding with its place and its way out.
struct FindingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let type: String
        let config: JSONValue
        let finding: String
        var testDescription: String { finding }

        init(_ type: String, _ config: JSONValue, _ finding: String) {
            self.type = type
            self.config = config
            self.finding = finding
        }
    }

    static let configurations: [Case] = [
        Case("gadget", ["kind": "tool"], "/nodes/1/config: node work: no such type of node: gadget (trigger, action, condition or loop)"),
        Case(
            "action", ["kind": "tol"],
            "/nodes/1/config/kind: node work: expected a kind of action: tool, transform, set, wait, approval, workflow, http, notify, connector, emit, raise, join, map"),
        Case("condition", [:], "/nodes/1/config/kind: node work: expected a kind of condition: if, switch, filter"),
        Case("action", ["kind": "tool", "tool": "x"], "/nodes/1/config/plugin: node work: missing"),
        Case("action", ["kind": "tool", "plugin": "x"], "/nodes/1/config/tool: node work: missing"),
        Case("action", ["kind": "tool", "plugin": "x", "tool": 5], "/nodes/1/config/tool: node work: expected text, found integer"),
        Case(
            "action", ["kind": "tool", "plugin": "x", "tool": "x\ny"],
            "/nodes/1/config/tool: node work: expected one line that is not empty"),
        Case(
            "action", ["kind": "tool", "plugin": "X", "tool": "x"],
            "/nodes/1/config/plugin: node work: not a plugin identifier (1 to 63 lower-case letters, digits and inner hyphens)"),
        Case(
            "action", ["kind": "tool", "plugin": "x", "tool": "x", "idempotency": "maybe"],
            "/nodes/1/config/idempotency: node work: expected one of idempotent, keyed, none"),
        Case("action", ["kind": "transform"], "/nodes/1/config/expression: node work: missing"),
        Case("action", ["kind": "transform", "expression": 1], "/nodes/1/config/expression: node work: expected text, found integer"),
        Case(
            "action", ["kind": "set", "values": "${ .a"],
            "/nodes/1/config/values: node work: /nodes/1/config/values: an expression that begins with ${ has no closing brace (close it with }, or write \"${\\\"${\\\"}\" for the two characters themselves)"
        ),
        Case(
            "action", ["kind": "wait"], "/nodes/1/config: node work: a wait has either for or until (for: 30s, or until: ${ .due })"),
        Case(
            "action", ["kind": "wait", "for": "1s", "until": "${ . }"],
            "/nodes/1/config: node work: a wait has either for or until (for: 30s, or until: ${ .due })"),
        Case(
            "action", ["kind": "wait", "for": "soon"],
            "/nodes/1/config/for: node work: expected a time such as 250ms, 30s, 5m or 1h, or an expression that gives one"),
        Case(
            "action", ["kind": "wait", "until": "tomorrow"],
            "/nodes/1/config/until: node work: expected a moment such as 2027-01-31T09:00:00Z, or an expression that gives one"),
        Case("action", ["kind": "approval", "approvers": ["admin"]], "/nodes/1/config/title: node work: missing"),
        Case(
            "action", ["kind": "approval", "title": "x"],
            "/nodes/1/config/approvers: node work: nobody could decide (name persons by e-mail address or roles such as admin)"),
        Case(
            "action", ["kind": "approval", "title": "x", "approvers": [""]],
            "/nodes/1/config/approvers: node work: expected at most 50 short texts, each once"),
        Case(
            "action", ["kind": "approval", "title": "x", "approvers": ["a"], "required": 0],
            "/nodes/1/config/required: node work: expected a whole number from 1 to 50"),
        Case(
            "action", ["kind": "approval", "title": "x", "approvers": ["a"], "escalateTo": ["b"]],
            "/nodes/1/config/escalateTo: node work: escalateTo and escalateAfter come together"),
        Case("action", ["kind": "workflow"], "/nodes/1/config/workflow: node work: missing"),
        Case(
            "action", ["kind": "emit", "event": "Acme!"],
            "/nodes/1/config/event: node work: not the name of an event (for example acme.invoice-read)"),
        Case("action", ["kind": "emit", "event": ["x"]], "/nodes/1/config/event: node work: expected text, found array"),
        Case("action", ["kind": "raise"], "/nodes/1/config/message: node work: missing"),
        Case("action", ["kind": "raise", "message": 5], "/nodes/1/config/message: node work: expected text, found integer"),
        Case("action", ["kind": "join", "mode": "some"], "/nodes/1/config/mode: node work: expected one of all, any, race, count"),
        Case("action", ["kind": "join", "mode": "count", "count": 3], "/nodes/1/config: node work: waits for 3 branches, and 1 lead to it"),
        Case("action", ["kind": "map"], "/nodes/1/config/each: node work: missing"),
        Case("condition", ["kind": "if"], "/nodes/1/config/condition: node work: missing"),
        Case("condition", ["kind": "switch", "cases": []], "/nodes/1/config/cases: node work: expected 1 to 50 cases"),
        Case(
            "condition", ["kind": "switch", "cases": [["port": "default", "when": "."]]],
            "/nodes/1/config/cases/0/port: node work: this port is taken"),
        Case("condition", ["kind": "filter"], "/nodes/1/config/keep: node work: missing"),
        Case("loop", ["kind": "while", "condition": "."], "/nodes/1/config/limit: node work: a while needs a bound (limit: 100)"),
        Case(
            "loop", ["kind": "forEach", "concurrency": 1000],
            "/nodes/1/config/concurrency: node work: expected a whole number from 1 to 100"),
        Case("loop", ["kind": "forEach"], "/nodes/1/connections: node work: a loop without a body (connect its port each)"),
        Case("action", ["kind": "join", "colour": "red"], "/nodes/1/config/colour: node work: unknown member"),
        Case(
            "action", ["kind": "join", "timeout": "0s"],
            "/nodes/1/config/timeout: node work: expected a time such as 250ms, 30s, 5m or 1h, from 1ms to 8784h"),
        Case("action", ["kind": "join", "continueOnError": 1], "/nodes/1/config/continueOnError: node work: expected true or false, found integer"),
        Case(
            "action", ["kind": "join", "retry": ["backoff": "wild"]],
            "/nodes/1/config/retry/backoff: node work: expected one of constant, linear, exponential"),
        Case("action", ["kind": "join", "retry": 3], "/nodes/1/config/retry: node work: expected an object, found integer"),
    ]

    @Test(arguments: configurations) func `a configuration that cannot be is refused with its place`(example: Case) {
        #expect(Definition.findings(Definition.of(example.type, example.config)).contains(example.finding))
    }

    @Test(arguments: [
        (["kind": "event", "event": 5], "/nodes/0/config/event: node start: expected text, found integer"),
        (["kind": "event"], "/nodes/0/config/event: node start: missing"),
        (["kind": "event", "event": "a..b"], "/nodes/0/config/event: node start: not the name of an event (for example document.received)"),
        (["kind": "cron"], "/nodes/0/config/expression: node start: missing"),
        (
            ["kind": "cron", "expression": "9 * * *"],
            "/nodes/0/config/expression: node start: expected five fields, found 4 (minute, hour, day of the month, month, day of the week: 30 9 * * mon-fri)"
        ),
        (["kind": "cron", "expression": "@daily", "timezone": 1], "/nodes/0/config/timezone: node start: expected text, found integer"),
        (
            ["kind": "poll", "plugin": "x", "tool": "x", "id": ".id"],
            #"/nodes/0/config/every: node start: missing: how often it asks, or at which times (every: 5m, or cron: "*/15 8-18 * * mon-fri")"#
        ),
        (
            ["kind": "poll", "plugin": "x", "tool": "x", "id": ".id", "every": "5m", "cron": "@daily"],
            "/nodes/0/config/cron: node start: a poll has either every or cron (every is from one poll to the next, cron names times: take one out)"
        ),
        (
            ["kind": "poll", "plugin": "x", "tool": "x", "id": ".id", "every": "5m", "timezone": "UTC"],
            "/nodes/0/config/timezone: node start: what comes again after a time needs no zone (take it out, or every, and say cron)"
        ),
        (
            ["kind": "poll", "plugin": "x", "tool": "x", "id": ".id", "cron": "9 * * *"],
            "/nodes/0/config/cron: node start: expected five fields, found 4 (minute, hour, day of the month, month, day of the week: 30 9 * * mon-fri)"
        ),
        (
            ["kind": "poll", "plugin": "x", "tool": "x", "id": ".id", "cron": "0 0 30 2 *"],
            "/nodes/0/config/cron: node start: it never comes: no month that it names has such a day (name a day that its months have)"
        ),
        (
            ["kind": "poll", "plugin": "x", "tool": "x", "id": ".id", "cron": "@daily", "timezone": 1],
            "/nodes/0/config/timezone: node start: expected text, found integer"
        ),
        (["kind": "poll", "plugin": "x", "tool": "x", "every": "5m"], "/nodes/0/config/id: node start: missing"),
        (
            ["kind": "poll", "plugin": "x", "tool": "x", "every": "1s", "id": ".id"],
            "/nodes/0/config/every: node start: expected a time such as 250ms, 30s, 5m or 1h, from 10s to 24h"
        ),
        (["kind": "workflow", "workflow": "x", "on": "x"], "/nodes/0/config/on: node start: expected one of finished, failed"),
        (
            ["kind": "manual", "if": "."],
            "/nodes/0/config/if: node start: a trigger has no condition (filter its events, or put an if behind it)"
        ),
        (["kind": "manual", "input": 1], "/nodes/0/config/input: node start: a trigger has no input"),
        (["kind": "manual", "retry": [:]], "/nodes/0/config: node start: a trigger is not attempted: retry and timeout mean nothing here"),
    ] as [(JSONValue, String)])
    func `a trigger that cannot be is refused with its place`(config: JSONValue, finding: String) {
        #expect(Definition.findings(Definition.with([Definition.node("start", "trigger", config)])).contains(finding))
    }

    private static let step: JSONValue = ["kind": "transform", "expression": "."]

    @Test(arguments: [
        ([], "/nodes: expected 1 to 500 nodes"),
        ([Definition.node("a", "action", step)], "/nodes: nothing starts it (add a node of type trigger, for example of kind manual)"),
        ([Definition.trigger], "/nodes/0/connections: node start: leads to work, which is no node"),
        (
            [Definition.trigger, Definition.node("wrok", "action", step)],
            "/nodes/0/connections: node start: leads to work, which is no node (did you mean wrok?)"
        ),
        (
            [Definition.trigger, Definition.node("work", "action", step, to: ["yes>end"]), Definition.node("end", "action", step)],
            "/nodes/1/connections: node work: has no port \"yes\" (its ports: out, error)"
        ),
        (
            [Definition.trigger, Definition.node("work", "action", step, to: ["start"])],
            "/nodes/1/connections: node work: leads to start, a trigger: runs only begin there"
        ),
        (
            [Definition.trigger, Definition.node("work", "action", step, to: ["end"]), Definition.node("end", "action", step, to: ["work"])],
            "/nodes/1/connections: node work: a way round outside of a loop: work, end (repeat with a node of type loop, whose body ends at the loop)"
        ),
        (
            [Definition.trigger, Definition.node("work", "action", step), Definition.node("lost", "action", step)],
            "/nodes/2: node lost: no trigger leads to it (connect it, or remove it)"
        ),
        (
            [Definition.trigger, Definition.node("work", "action", step), Definition.node("work", "action", step)],
            "/nodes/2/id: node work: a second node of this name (each node has a name of its own)"
        ),
        (
            [
                Definition.trigger, Definition.node("work", "loop", ["kind": "forEach"], to: ["each>body", "done>end"]),
                Definition.node("body", "action", step, to: ["end"]), Definition.node("end", "action", step),
            ],
            "/nodes/3: node end: lies inside a loop and outside of it (what follows a loop is connected to its port done; the body may lead back to the loop itself only)"
        ),
        (
            [Definition.trigger, Definition.node("work", "action", ["kind": "transform", "expression": "$nodes.strat"])],
            "/nodes/1/config: node work: reads $nodes.strat, which is no node (did you mean $nodes[\"start\"]?)"
        ),
        (
            [
                Definition.trigger, Definition.node("work", "action", ["kind": "transform", "expression": "$nodes.end"], to: ["end"]),
                Definition.node("end", "action", step),
            ],
            "/nodes/1/config: node work: reads the output of end, which has not run by then (connect end before it)"
        ),
        (
            [.object(["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "work"], ["to": "work"]]]), Definition.node("work", "action", step)],
            "/nodes/0/connections: node start: the same connection stands twice"
        ),
    ] as [([JSONValue], String)])
    func `a graph that cannot run is refused with its node`(nodes: [JSONValue], finding: String) {
        #expect(Definition.findings(Definition.with(nodes)).contains(finding))
    }

    @Test(arguments: [
        ("triggers", ["nobody"], "/triggers: no trigger node is called \"nobody\" (trigger nodes: start)"),
        ("triggers", ["start", "start"], "/triggers: expected at most 500 short texts, each once"),
        ("status", "asleep", "/status: expected one of active, inactive, draft"),
        ("name", "", "/name: expected one line that is not empty"),
        ("name", "a\nb", "/name: expected one line that is not empty"),
        ("name", 1, "/name: expected text, found integer"),
        ("colour", "red", "/colour: unknown member"),
        ("settings", ["durability": "eternal"], "/settings/durability: expected one of durable, checkpointed, ephemeral"),
        ("settings", ["errorHandler": "NO"], "/settings/errorHandler: not a workflow identifier"),
        ("settings", ["variables": []], "/settings/variables: expected an object"),
        ("settings", ["timeout": "0s"], "/settings/timeout: expected a time such as 250ms, 30s, 5m or 1h, from 1ms to 8784h"),
        ("settings", ["debounce": [:]], "/settings/debounce/quiet: missing: for how long nothing comes ({quiet: 10s, longest: 5m})"),
        (
            "settings", ["debounce": ["quiet": "10ms"]],
            "/settings/debounce/quiet: expected a time such as 250ms, 30s, 5m or 1h, from 100ms to 24h"
        ),
        (
            "settings", ["debounce": ["quiet": "10s", "longest": "5s"]],
            "/settings/debounce/longest: shorter than quiet (after this time a run begins although more come)"
        ),
        ("settings", ["debounce": ["quiet": "10s", "often": 1]], "/settings/debounce/often: unknown member"),
    ] as [(String, JSONValue, String)])
    func `a workflow's own members are checked`(key: String, value: JSONValue, finding: String) {
        let nodes = [Definition.trigger, Definition.node("work", "action", Self.step)]
        #expect(Definition.findings(Definition.with(nodes, [key: value])) == [finding])
    }

    @Test func `everything is told at once`() {
        let findings = Definition.findings([
            "id": "NO", "name": 1, "nodes": [["id": "a", "type": "action", "config": ["kind": "tool"]], ["id": "b"]], "more": true,
        ])
        #expect(
            findings == [
                "/id: not a workflow identifier (1 to 63 lower-case letters, digits and inner hyphens)",
                "/name: expected text, found integer",
                "/nodes/0/config/plugin: node a: missing", "/nodes/0/config/tool: node a: missing",
                "/nodes/1/config: node b: missing", "/nodes/1/type: node b: missing: trigger, action, condition or loop",
                "/more: unknown member",
            ])
    }

    @Test func `a finding is a fault of the request with its pointer`() throws {
        let problem = #expect(throws: WorkflowFindings.self) { try Workflow(reading: Definition.of("action", ["kind": "map"])) }?.problem
        #expect(problem?.code == .invalidInput)
        #expect(problem?.message == "/nodes/1/config/each: node work: missing")
    }
}
