import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

extension Routes {
    private static let read = Access(.workflowsRead, of: .tenant)
    private static let write = Access(.workflowsWrite, of: .tenant)
    private static let id = Parameter.path("workflow", .label(), "The workflow")
    private static let example: JSONValue = [
        "id": "greet", "name": "Greet",
        "nodes": [
            ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "hello"]]],
            ["id": "hello", "type": "action", "config": ["kind": "set", "values": ["text": "Hello ${ .name }"]]],
        ],
    ]

    private static let editing = Editing.shown(by: "workflow/show", ["workflow"]) { version(of: $0) }

    static let workflows: [Route] = drafts + editions + files + trials

    private static let drafts: [Route] = [
        Route(
            .get, "/api/workflows", "workflow/list", "The tenant's workflows, by identifier.", .key(read),
            parameters: [
                .query("search", .string(length: 1...100), "Those with this in their name or identifier"),
                .query("status", .choice(["active", "inactive", "draft"]), "Those in this state"),
            ] + Page.parameters,
            reply: .json(Page.schema("workflows", of: .workflow)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            var members = try exchange.everything(tenant: true)
            members["limit"] = JSONValue(page.limit)
            members["cursor"] = page.after.map(JSONValue.string)
            let list = try await exchange.value("workflow/list", members)
            return page.answer("workflows", list["workflows"]?.array ?? [], exchange, next: list["cursor"]?.string)
        },
        Route(
            .post, "/api/workflows", "workflow/create", "Saves the draft of a new workflow, also one that cannot be published yet.",
            .key(write), body: .json(InputSchema(.workflowDefinition)), reply: .json(.workflowDraft, .created),
            errors: [.notFound, .conflict, .quotaExceeded], example: example
        ) { exchange in
            var answer = edited(
                try await exchange.value(
                    "workflow/create",
                    ["tenant": .string(exchange.tenant().rawValue), "definition": .object(exchange.members)]))
            answer.status = .created
            return answer
        },
        Route(
            .get, "/api/workflows/{workflow}", "workflow/show", "A workflow with its draft, and what is wrong with that.", .key(read),
            parameters: [id], reply: .json(.workflowDraft), errors: [.notFound], editing: editing
        ) { exchange in .json(try await exchange.perform("workflow/show", try exchange.everything(tenant: true))) },
        Route(
            .put, "/api/workflows/{workflow}", "workflow/save", "Saves a draft, also one that cannot be published yet.", .key(write),
            parameters: [id], body: .json(InputSchema(.workflowDefinition)), reply: .json(.workflowDraft),
            errors: [.notFound, .conflict, .quotaExceeded], example: ["nodes": example["nodes"] ?? []], editing: editing
        ) { exchange in
            var members: [String: JSONValue] = [
                "tenant": .string(try exchange.tenant().rawValue), "workflow": exchange.parameters["workflow"] ?? .null,
            ]
            members["definition"] = .object(exchange.members)
            return .json(try await exchange.perform("workflow/save", members))
        },
        .operation(
            .delete, "/api/workflows/{workflow}", "workflow/delete", "Removes a workflow with its versions.", write,
            parameters: [id, .query("force", .boolean(), "Also where other workflows start it")], reply: .nothing,
            errors: [.notFound, .conflict], editing: editing),
        .operation(
            .post, "/api/workflows/{workflow}/lock", "workflow/lock", "Keeps others from changing it while somebody edits.", write,
            parameters: [id], body: .json(InputSchema(.lockWish, isRequired: false)), reply: .json(.workflow),
            errors: [.notFound, .conflict], example: ["seconds": 300]),
        .operation(
            .delete, "/api/workflows/{workflow}/lock", "workflow/unlock", "Ends a lock.", write,
            parameters: [id, .query("steal", .boolean(), "Also that of somebody else")], reply: .json(.workflow),
            errors: [.notFound, .conflict]),
    ]

    private static let editions: [Route] = [
        .operation(
            .post, "/api/workflows/{workflow}/publish", "workflow/publish",
            "Makes the draft the next version, in force from then on; refused with every finding at once.", write, parameters: [id],
            body: .json(InputSchema(.publishWish, isRequired: false)), reply: .json(.workflowVersion), errors: [.notFound, .conflict],
            example: ["note": "asks the owner, too"]),
        Route(
            .get, "/api/workflows/{workflow}/versions", "workflow/versions", "What was published, the newest first.", .key(read),
            parameters: [id] + Page.parameters, reply: .json(Page.schema("versions", of: .workflowVersion)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            var members = try exchange.everything(tenant: true)
            members["limit"] = JSONValue(page.limit)
            members["cursor"] = try page.number.map { .integer($0) }
            let list = try await exchange.value("workflow/versions", members)
            return page.answer("versions", list["versions"]?.array ?? [], exchange, next: list["cursor"]?.integer.map { String($0) })
        },
        Route(
            .get, "/api/workflows/{workflow}/versions/{version}", "workflow/version", "A version with its definition.", .key(read),
            parameters: [id, .path("version", .label(), "Its number")], reply: .json(.workflowEdition), errors: [.notFound]
        ) { exchange in
            var members = try exchange.everything(tenant: true)
            guard let number = exchange.text("version").flatMap(Int32.init), number > 0 else {
                throw Refusal(.notFound, "notFound", "versions have numbers", hint: "GET …/versions lists them")
            }
            members["version"] = .integer(Int64(number))
            return .json(try await exchange.perform("workflow/version", members))
        },
        .operation(
            .get, "/api/workflows/{workflow}/diff", "workflow/diff", "What changes from one definition to another.", read,
            parameters: [
                id, .query("from", .string(length: 1...20), "published, draft or the number of a version; published"),
                .query("to", .string(length: 1...20), "As from; draft"),
            ], reply: .json(.workflowDifference), errors: [.notFound]),
        .operation(
            .post, "/api/workflows/{workflow}/rollback", "workflow/rollback", "Publishes an earlier version once more.", write,
            parameters: [id], body: .json(InputSchema(.rollbackWish)), reply: .json(.workflowVersion), errors: [.notFound, .conflict],
            example: ["version": 1]),
        .operation(
            .post, "/api/workflows/{workflow}/activate", "workflow/activate", "Lets its triggers start runs.", write, parameters: [id],
            reply: .json(.workflow), errors: [.notFound, .conflict]),
        .operation(
            .post, "/api/workflows/{workflow}/deactivate", "workflow/deactivate", "Lets its triggers start no more runs.", write,
            parameters: [id], reply: .json(.workflow), errors: [.notFound, .conflict]),
    ]

    private static let files: [Route] = [
        .operation(
            .get, "/api/workflows/{workflow}/export", "workflow/export", "A definition as a file, without what looks like a secret.",
            read,
            parameters: [
                id, .query("version", .string(length: 1...20), "published, draft or the number of a version; published"),
                .query("format", .choice(["json", "yaml"]), "json"),
            ], reply: .json(.workflowExport), errors: [.notFound]),
        .operation(
            .post, "/api/workflows/import", "workflow/import", "Saves what was exported as a draft.", write,
            body: .json(InputSchema(.workflowFile)), reply: .json(.workflowDraft, .created),
            errors: [.notFound, .conflict, .quotaExceeded], example: ["text": "id: greet\nnodes: []\n"]),
        Route(
            .post, "/api/workflows/validate", "workflow/validate", "Finds everything that is wrong with a definition, and saves nothing.",
            .key(read), body: .json(InputSchema(.workflowDefinition)), reply: .json(.workflowFindings), errors: [.notFound],
            example: example
        ) { exchange in
            .json(
                try await exchange.perform(
                    "workflow/validate",
                    ["tenant": .string(exchange.tenant().rawValue), "definition": .object(exchange.members)]))
        },
        Route(
            .get, "/api/workflows/schema", "workflow/schema", "The JSON Schema of definitions.", .key(read),
            reply: .json(.anyObject("A JSON Schema (2020-12)"))
        ) { exchange in .json(try await exchange.perform("workflow/schema", [:])) },
    ]

    /// What an edit must not overwrite unseen. A lock that comes and goes is no part of it.
    private static func version(of workflow: JSONValue) -> JSONValue {
        ["id": workflow["id"] ?? .null, "revision": workflow["revision"] ?? .null, "created": workflow["created"] ?? .null]
    }

    private static func edited(_ workflow: JSONValue) -> Answer {
        var answer = Answer.json(workflow)
        answer.headers[.eTag] = EntityTag.of(version(of: workflow))
        return answer
    }
}
