import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let read = Access(.workflowsRead, of: .tenant)
    private static let run = Access(.workflowsRun, of: .tenant)
    private static let workflow = Parameter.path("workflow", .label(), "The workflow")
    private static let id = Parameter.path("run", .label(), "The run")

    static let runs: [Route] = [
        .operation(
            .post, "/api/workflows/{workflow}/execute", "workflow/execute",
            "Begins a run of the published version, or of one node of some version alone, and waits for its end where asked to. It is on disk when this answers.",
            run,
            parameters: [workflow], body: .json(InputSchema(.runWish)), reply: .json(.run, .accepted),
            errors: [.notFound, .conflict, .quotaExceeded, .retryLater], example: ["input": ["document": "doc-1"], "wait": "10s"]),
        Route(
            .get, "/api/workflows/{workflow}/logs", "workflow/logs",
            "The steps of a run with input, output, attempts and times: of the newest run where none is named. With follow, events of the type text/event-stream until it has ended.",
            .key(read),
            parameters: [
                workflow, .query("run", .label(), "The run"), .query("follow", .boolean(), "Whether to be told what becomes of it"),
            ],
            reply: .json(.runLog), errors: [.notFound, .retryLater], handler: logs),
        Route(
            .get, "/api/runs", "run/list", "Runs of the tenant's workflows, the newest first.", .key(read),
            parameters: [
                .query("workflow", .label(), "Those of this workflow"),
                .query("state", .choice(["running", "succeeded", "failed", "cancelled"]), "Those in this state"),
                .query("needsPerson", .boolean(), "Those in which a step waits for a person to say how it goes on"),
                .query("since", .string(format: "date-time"), "Those that began then or later"),
                .query("until", .string(format: "date-time"), "Those that began before"),
                .query("error", .string(length: 1...100), "Those that failed with this code"),
                .query("search", .string(length: 1...200), "Those with this in their identifier, input, output or error"),
            ] + Page.parameters,
            reply: .json(Page.schema("runs", of: .run)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            var members = try exchange.everything(tenant: true)
            members["limit"] = JSONValue(page.limit)
            members["cursor"] = JSONValue(page.after)
            let list = try await exchange.value("run/list", members)
            return page.answer("runs", list["runs"]?.array ?? [], exchange, next: list["cursor"]?.string)
        },
        .operation(
            .get, "/api/runs/{run}", "run/show", "A run.", read, parameters: [id], reply: .json(.run), errors: [.notFound]),
        .operation(
            .post, "/api/runs/{run}/cancel", "run/cancel", "Ends a run and what is under way for it.", run, parameters: [id],
            reply: .json(.run), errors: [.notFound, .conflict, .retryLater]),
        .operation(
            .post, "/api/runs/{run}/pause", "run/pause",
            "Lets a run begin no further step until it is resumed. What is under way comes to its end.", run, parameters: [id],
            reply: .json(.run), errors: [.notFound, .conflict, .retryLater]),
        .operation(
            .post, "/api/runs/{run}/resume", "run/resume", "Lets a paused run go on.", run, parameters: [id], reply: .json(.run),
            errors: [.notFound, .conflict, .retryLater]),
        .operation(
            .post, "/api/runs/{run}/replay", "run/replay",
            "Repeats a run from one of its nodes, on its own version or another, with what came before taken over.", run,
            parameters: [id], body: .json(InputSchema(.replayFrom)), reply: .json(.run, .accepted),
            errors: [.notFound, .conflict, .retryLater], example: ["from": "send"]),
        .operation(
            .post, "/api/runs/replay", "run/replayAll",
            "Repeats failed runs, each from where it failed; one that was repeated before is left out.", run,
            body: .json(InputSchema(.bulkReplay)), reply: .json(.replayReport), errors: [.notFound, .conflict, .retryLater],
            example: ["workflow": "file-invoice", "error": "http.503", "limit": 20]),
        .operation(
            .post, "/api/runs/{run}/resolve", "run/resolve",
            "Says what became of a step whose effect nobody heard of again: do it again, it happened, or it failed.", run,
            parameters: [id], body: .json(InputSchema(.resolution)), reply: .json(.run),
            errors: [.notFound, .conflict, .retryLater], example: ["step": "send", "outcome": "again"]),
        Route(
            .get, "/api/approvals", "approval/list", "What people of the tenant are asked to decide, the oldest first.", .key(read),
            parameters: Page.parameters, reply: .json(Page.schema("approvals", of: .approval)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            var members = try exchange.everything(tenant: true)
            members["limit"] = JSONValue(page.limit)
            members["cursor"] = JSONValue(page.after)
            let list = try await exchange.value("approval/list", members)
            return page.answer("approvals", list["approvals"]?.array ?? [], exchange, next: list["cursor"]?.string)
        },
        .operation(
            .post, "/api/runs/{run}/decide", "approval/decide",
            "Decides what a run asks, as the person who is logged in. Each person decides once.", run, parameters: [id],
            body: .json(InputSchema(.decision)), reply: .json(.run), errors: [.notFound, .conflict, .retryLater],
            example: ["step": "sign", "approved": true]),
    ]

    private static func logs(_ exchange: Exchange) async throws -> Answer {
        var members = try exchange.everything(tenant: true)
        members["follow"] = nil
        guard exchange.parameters["follow"]?.bool == true else { return .json(try await exchange.perform("workflow/logs", members)) }
        // So that what is wrong with the request is said before the stream begins, and that it stays with one run.
        members["run"] = .string(try await followed(exchange, members))
        members["follow"] = true
        return exchange.following("workflow/logs", members)
    }

    /// The run that is named, or the newest of the workflow.
    private static func followed(_ exchange: Exchange, _ members: [String: JSONValue]) async throws -> String {
        var question = members
        if members["run"] != nil {
            question["workflow"] = nil
            let run = try await exchange.value("run/show", question)
            if run["workflow"] == members["workflow"], let id = run["id"]?.string { return id }
        } else {
            question["limit"] = 1
            if let id = try await exchange.value("run/list", question)["runs"]?.array?.first?["id"]?.string { return id }
        }
        // It says what is wrong.
        _ = try await exchange.perform("workflow/logs", members)
        throw Refusal(.notFound, "notFound", "the run is gone")
    }
}
