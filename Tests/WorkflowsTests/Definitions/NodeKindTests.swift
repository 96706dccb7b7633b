import Model
import Testing

@testable import Workflows

/// Each kind of node, as it must be written and as it must not.
struct NodeKindTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let type: String
        let config: JSONValue
        let kind: NodeKind
        var testDescription: String { "\(type) \(config["kind"]?.string ?? "")" }
    }

    private static func program(_ text: String) -> Template { Template(program: text) }
    private static let other = WorkflowID(unchecked: "other")
    private static let archive = PluginID(unchecked: "archive")

    private static var weekdays: CronExpression {
        do { return try CronExpression("30 9 * * mon-fri") } catch { fatalError("\(error)") }
    }

    static let triggers: [Case] = [
        Case(type: "trigger", config: ["kind": "manual"], kind: .trigger(.manual(form: nil))),
        Case(
            type: "trigger", config: ["kind": "manual", "form": ["type": "object"]],
            kind: .trigger(.manual(form: ["type": "object"]))),
        Case(
            type: "trigger", config: ["kind": "event", "event": "document.received", "filter": "${ .size > 0 }"],
            kind: .trigger(.event(name: "document.received", filter: program(" .size > 0 ")))),
        Case(
            type: "trigger", config: ["kind": "cron", "expression": "30 9 * * mon-fri"],
            kind: .trigger(.cron(Schedule(expression: weekdays)))),
        Case(
            type: "trigger",
            config: ["kind": "cron", "expression": "30 9 * * mon-fri", "timezone": "Europe/Berlin", "missed": "skip", "overlap": "skip"],
            kind: .trigger(.cron(Schedule(expression: weekdays, zone: "Europe/Berlin", missed: .skip, overlap: .skip)))),
        Case(type: "trigger", config: ["kind": "webhook", "signature": "none"], kind: .trigger(.webhook(WebhookTrigger()))),
        Case(
            type: "trigger",
            config: [
                "kind": "webhook", "reply": "result", "replyTimeout": "5s", "deduplicate": ".body.id", "headers": ["X-Topic"],
                "signature": [
                    "scheme": "hmac-sha256", "secretName": "orders", "header": "X-Signature", "prefix": "sha256=", "encoding": "hex",
                    "timestamp": "X-Time", "tolerance": "1m",
                ],
            ],
            kind: .trigger(
                .webhook(
                    WebhookTrigger(
                        proof: WebhookProof(
                            scheme: .hmac("x-signature", prefix: "sha256=", .hex, timestamp: "x-time"), secretName: "orders",
                            tolerance: .seconds(60)),
                        reply: .result, replyTimeout: .seconds(5), deduplicate: program(".body.id"), headers: ["x-topic"])))),
        Case(
            type: "trigger", config: ["kind": "poll", "plugin": "archive", "tool": "list", "every": "5m", "id": ".id"],
            kind: .trigger(
                .poll(
                    PollTrigger(
                        plugin: archive, tool: "list", pace: .every(.seconds(300)), input: program("{cursor: .cursor}"), items: program("."),
                        id: program(".id"))))),
        Case(
            type: "trigger",
            config: [
                "kind": "poll", "plugin": "archive", "tool": "list", "cron": "30 9 * * mon-fri", "timezone": "Europe/Berlin", "id": ".id",
            ],
            kind: .trigger(
                .poll(
                    PollTrigger(
                        plugin: archive, tool: "list", pace: .times(weekdays, zone: "Europe/Berlin"), input: program("{cursor: .cursor}"),
                        items: program("."), id: program(".id"))))),
        Case(
            type: "trigger", config: ["kind": "poll", "plugin": "archive", "tool": "list", "cron": "30 9 * * mon-fri", "id": ".id"],
            kind: .trigger(
                .poll(
                    PollTrigger(
                        plugin: archive, tool: "list", pace: .times(weekdays, zone: "UTC"), input: program("{cursor: .cursor}"),
                        items: program("."), id: program(".id"))))),
        Case(
            type: "trigger",
            config: [
                "kind": "poll", "plugin": "archive", "tool": "list", "every": "10s", "id": ".id", "items": ".items", "cursor": "${ .next }",
                "input": ["since": "${ .cursor }"], "first": "all", "limit": 7,
            ],
            kind: .trigger(
                .poll(
                    PollTrigger(
                        plugin: archive, tool: "list", pace: .every(.seconds(10)),
                        input: Template(root: .object(["since": .expression(" .cursor ")])), items: program(".items"), id: program(".id"),
                        cursor: program(" .next "), first: .all, limit: 7)))),
        Case(type: "trigger", config: ["kind": "workflow", "workflow": "other"], kind: .trigger(.workflow(other, .finished))),
        Case(
            type: "trigger", config: ["kind": "workflow", "workflow": "other", "on": "failed"],
            kind: .trigger(.workflow(other, .failed))),
    ]

    static let nodes: [Case] = [
        Case(
            type: "action", config: ["kind": "tool", "plugin": "archive", "tool": "list"],
            kind: .action(.tool(plugin: archive, tool: "list", .none))),
        Case(
            type: "action", config: ["kind": "tool", "plugin": "archive", "tool": "list", "idempotency": "keyed"],
            kind: .action(.tool(plugin: archive, tool: "list", .keyed))),
        Case(type: "action", config: ["kind": "transform", "expression": ".a"], kind: .action(.transform(program(".a")))),
        Case(
            type: "action", config: ["kind": "set", "values": ["a": 1, "b": "${ .b }"]],
            kind: .action(.set(Template(root: .object(["a": .constant(1), "b": .expression(" .b ")]))))),
        Case(
            type: "action", config: ["kind": "wait", "for": "30s"],
            kind: .action(.wait(.duration(Template(root: .constant("30s")))))),
        Case(
            type: "action", config: ["kind": "wait", "until": "${ .due }"], kind: .action(.wait(.until(program(" .due "))))),
        Case(type: "action", config: ["kind": "workflow", "workflow": "other"], kind: .action(.workflow(other))),
        Case(type: "action", config: ["kind": "emit", "event": "acme.read"], kind: .action(.emit(event: "acme.read", .none))),
        Case(
            type: "action", config: ["kind": "raise", "message": "no ${ .name }"],
            kind: .action(.raise(Template(root: .text([.literal("no "), .expression(" .name ")]))))),
        Case(
            type: "action", config: ["kind": "http", "url": "https://api.example.com/v1"],
            kind: .action(.http(HTTPAction(url: Template(root: .constant("https://api.example.com/v1")))))),
        Case(
            type: "action",
            config: [
                "kind": "http", "method": "POST", "url": "https://api.example.com:8443/${ .id }?all=1", "headers": ["X-Part": "a ${ .part }"],
                "query": ["page": "${ .page }", "size": 10], "body": ["name": "${ .name }"],
                "secret": ["name": "crm.key", "header": "X-Api-Key"], "succeed": [200, 404], "idempotency": "keyed",
            ],
            kind: .action(
                .http(
                    HTTPAction(
                        method: .post,
                        url: Template(root: .text([.literal("https://api.example.com:8443/"), .expression(" .id "), .literal("?all=1")])),
                        headers: ["X-Part": Template(root: .text([.literal("a "), .expression(" .part ")]))],
                        query: ["page": program(" .page "), "size": Template(root: .constant(10))],
                        body: Template(root: .object(["name": .expression(" .name ")])),
                        secret: HTTPAction.Secret(name: "crm.key", header: "X-Api-Key", prefix: ""), successes: [200, 404], idempotency: .keyed)))),
        Case(
            type: "action",
            config: ["kind": "notify", "to": ["Admin", "ada@example.com"], "subject": "Paid", "text": "${ .sum } is paid"],
            kind: .action(
                .notify(
                    MessageAction(
                        recipients: ["admin", "ada@example.com"], subject: Template(root: .constant("Paid")),
                        text: Template(root: .text([.expression(" .sum "), .literal(" is paid")])))))),
        Case(
            type: "action", config: ["kind": "connector", "connector": "slack", "action": "message.post", "connection": "main"],
            kind: .action(
                .connector(ConnectorAction(connector: ConnectorID(unchecked: "slack"), action: "message.post", connection: "main")))),
        Case(type: "action", config: ["kind": "join"], kind: .action(.join(.all))),
        Case(type: "action", config: ["kind": "join", "mode": "race"], kind: .action(.join(.race))),
        Case(type: "action", config: ["kind": "join", "mode": "count", "count": 1], kind: .action(.join(.count(1)))),
        Case(
            type: "action", config: ["kind": "map", "each": ".a"],
            kind: .action(.map(items: program("."), each: program(".a")))),
        Case(type: "condition", config: ["kind": "if", "condition": ".a"], kind: .condition(.if(program(".a")))),
        Case(
            type: "condition", config: ["kind": "switch", "cases": [["port": "big", "when": ".a > 1"]]],
            kind: .condition(.switch([NodeKind.Case(port: Port("big"), when: program(".a > 1"))]))),
        Case(
            type: "condition", config: ["kind": "filter", "items": ".list", "keep": ".a"],
            kind: .condition(.filter(items: program(".list"), keep: program(".a")))),
    ]

    @Test(arguments: triggers) func `a trigger is what its configuration says`(example: Case) throws {
        let workflow = try Workflow(
            reading: Definition.with([Definition.node("start", "trigger", example.config, to: ["work"]), Definition.node("work", "action", ["kind": "set", "values": [:]])]))
        #expect(workflow.nodes.first?.kind == example.kind)
        #expect(workflow.triggers.map(\.rawValue) == ["start"])
    }

    @Test(arguments: nodes) func `a node is what its configuration says`(example: Case) throws {
        let kind = try Definition.kind(example.type, example.config)
        #expect(kind == example.kind)
    }

    @Test func `an approval has everything that people are asked by`() throws {
        let kind = try Definition.kind(
            "action",
            [
                "kind": "approval", "title": "Pay ${ .amount }", "approvers": ["admin", "a@example.com"], "required": 2,
                "form": ["type": "object"], "remind": "1h", "escalateTo": ["owner"], "escalateAfter": "24h", "deadline": "72h",
            ])
        guard case .action(.approval(let approval)) = kind else { return #expect(Bool(false), "no approval") }
        #expect(approval.approvers == ["admin", "a@example.com"] && approval.required == 2)
        #expect(approval.remind == .seconds(3600) && approval.deadline == .seconds(259_200))
        #expect(approval.escalateTo == ["owner"] && approval.escalateAfter == .seconds(86_400))
        #expect(approval.form == ["type": "object"])
        #expect(kind?.ports.map(\.name) == ["approved", "rejected", "expired", "error"])
    }

    @Test func `a loop has a body and bounds`() throws {
        let each = try Workflow(
            reading: Definition.with([
                Definition.trigger,
                Definition.node(
                    "work", "loop",
                    ["kind": "forEach", "items": ".list", "batch": 10, "concurrency": 3, "collectErrors": true], to: ["each>body"]),
                Definition.node("body", "action", ["kind": "transform", "expression": "$item"], to: ["work"]),
            ]))
        guard case .loop(.forEach(let loop)) = each.nodes[1].kind else { return #expect(Bool(false), "no loop") }
        #expect(loop.batch == 10 && loop.concurrency == 3 && loop.collectsErrors && loop.items == Template(program: ".list"))
        let again = try Workflow(
            reading: Definition.with([
                Definition.trigger,
                Definition.node("work", "loop", ["kind": "while", "condition": ".more", "limit": 5], to: ["each>body", "done>end"]),
                Definition.node("body", "action", ["kind": "transform", "expression": "."]),
                Definition.node("end", "action", ["kind": "transform", "expression": "."]),
            ]))
        #expect(again.nodes[1].kind == .loop(.while(Template(program: ".more"), limit: 5)))
    }

    @Test func `a node has what every kind may have`() throws {
        let workflow = try Workflow(
            reading: Definition.of(
                "action",
                [
                    "kind": "tool", "plugin": "archive", "tool": "list", "if": ".wanted", "input": ["path": "${ .path }"],
                    "output": "${ .files }", "timeout": "10s", "continueOnError": true,
                    "retry": [
                        "attempts": 5, "delay": "2s", "backoff": "linear", "longest": "1m", "jitter": "500ms", "within": "10m",
                        "only": ["unreachable"],
                    ],
                ]))
        let node = try #require(workflow.nodes.last)
        #expect(node.condition == Template(program: ".wanted") && node.timeout == .seconds(10) && node.continuesOnError)
        #expect(node.input?.programs == [" .path "] && node.output?.programs == [" .files "])
        let retry = try #require(node.retry)
        #expect(retry.attempts == 5 && retry.delay == .seconds(2) && retry.backoff == .linear && retry.longest == .seconds(60))
        #expect(retry.jitter == .milliseconds(500) && retry.within == .seconds(600) && retry.only == ["unreachable"])
    }

    /// No kind is left out here when one is added.
    @Test func `every kind has an example`() {
        var seen: [String: Set<String>] = ["loop": ["forEach", "while"], "action": ["approval"]]
        for example in Self.triggers + Self.nodes { seen[example.type, default: []].insert(example.config["kind"]?.string ?? "") }
        #expect(seen == NodeKind.kinds.mapValues(Set.init))
    }
}
