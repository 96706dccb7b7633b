import Model

@testable import Control

/// Requests about runs, as they are on the wire and as they are read.
enum RunExamples {
    private static let acme = TenantID(unchecked: "acme")
    private static let greet = WorkflowID(unchecked: "greet")
    private static let run = RunID(unchecked: "run-1")
    private static let options: RunRequest.Options = {
        var options = RunRequest.Options()
        options.wait = .seconds(10)
        options.priority = 5
        options.deduplication = "order-7"
        return options
    }()

    private static let alone: RunRequest.Options = {
        var options = RunRequest.Options()
        options.node = RunRequest.NodeWish("send")
        return options
    }()
    private static let aloneAgain: RunRequest.Options = {
        var options = RunRequest.Options()
        var node = RunRequest.NodeWish("files.3/send")
        (node.version, node.from, node.outputs) = ("draft", run, ["read": 7])
        options.node = node
        return options
    }()

    static let good: [(String, String?, ControlRequest)] = [
        (
            "workflow/execute", #"{"tenant":"acme","workflow":"greet"}"#,
            .run(.execute(acme, greet, input: .null, RunRequest.Options()))
        ),
        (
            "workflow/execute",
            #"{"tenant":"acme","workflow":"greet","input":{"a":1},"wait":"10s","priority":5,"deduplication":"order-7"}"#,
            .run(.execute(acme, greet, input: ["a": 1], options))
        ),
        (
            "workflow/execute", #"{"tenant":"acme","workflow":"greet","node":"send"}"#,
            .run(.execute(acme, greet, input: .null, alone))
        ),
        (
            "workflow/execute",
            #"{"tenant":"acme","workflow":"greet","node":"files.3/send","version":"draft","from":"run-1","nodes":{"read":7}}"#,
            .run(.execute(acme, greet, input: .null, aloneAgain))
        ),
        ("workflow/logs", #"{"tenant":"acme","workflow":"greet"}"#, .run(.logs(acme, greet, run: nil, follow: false))),
        ("workflow/logs", #"{"tenant":"acme","workflow":"greet","run":"run-1","follow":true}"#, .run(.logs(acme, greet, run: run, follow: true))),
        (
            "run/list", #"{"tenant":"acme"}"#,
            .run(.list(acme, query { _ in }))
        ),
        (
            "run/list", #"{"tenant":"acme","workflow":"greet","state":"failed","needsPerson":true,"cursor":"1.run-1","limit":2,"since":"a","until":"b","error":"c","search":"d"}"#,
            .run(
                .list(
                    acme,
                    query {
                        ($0.workflow, $0.state, $0.needsPerson, $0.cursor, $0.limit) = (greet, "failed", true, "1.run-1", 2)
                        ($0.since, $0.until, $0.error, $0.search) = ("a", "b", "c", "d")
                    }))
        ),
        ("run/replayAll", #"{"tenant":"acme"}"#, .run(.replayAll(acme, query { _ in }, from: nil, version: nil))),
        (
            "run/replayAll", #"{"tenant":"acme","error":"c","from":"send","version":2}"#,
            .run(.replayAll(acme, query { $0.error = "c" }, from: NodeID(unchecked: "send"), version: 2))
        ),
        ("run/show", #"{"tenant":"acme","run":"run-1"}"#, .run(.show(acme, run))),
        ("run/cancel", #"{"tenant":"acme","run":"run-1"}"#, .run(.cancel(acme, run))),
        ("run/pause", #"{"tenant":"acme","run":"run-1"}"#, .run(.pause(acme, run))),
        ("run/resume", #"{"tenant":"acme","run":"run-1"}"#, .run(.resume(acme, run))),
        (
            "run/replay", #"{"tenant":"acme","run":"run-1","from":"send","input":2,"version":3}"#,
            .run(.replay(acme, run, from: NodeID(unchecked: "send"), input: 2, version: 3))
        ),
        (
            "run/resolve", #"{"tenant":"acme","run":"run-1","step":"each.3/send","outcome":"happened","output":1}"#,
            .run(.resolve(acme, run, step: "each.3/send", outcome: "happened", output: 1))
        ),
        ("approval/list", #"{"tenant":"acme"}"#, .run(.approvals(acme, cursor: nil, limit: 50))),
        ("approval/list", #"{"tenant":"acme","cursor":"1.run-1.sign","limit":2}"#, .run(.approvals(acme, cursor: "1.run-1.sign", limit: 2))),
        (
            "approval/decide", #"{"tenant":"acme","run":"run-1","step":"sign","approved":false,"form":{"why":"no"}}"#,
            .run(.decide(acme, run, step: "sign", isApproved: false, form: ["why": "no"]))
        ),
    ]

    private static func query(_ change: (inout RunRequest.Query) -> Void) -> RunRequest.Query {
        var query = RunRequest.Query()
        change(&query)
        return query
    }
}
