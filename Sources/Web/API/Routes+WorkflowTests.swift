import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let read = Access(.workflowsRead, of: .tenant)
    private static let write = Access(.workflowsWrite, of: .tenant)
    private static let template = Parameter.path("template", .label(), "The template")

    /// Tests of workflows, and the templates that workflows begin from.
    static let trials: [Route] = [
        .operation(
            .post, "/api/workflows/test", "workflow/test",
            "Runs tests of a workflow, or of a definition that need not be saved. No effect is made: tools and whatever else reaches out come to what the test says, and waiting takes no time.",
            write, body: .json(InputSchema(.testWish)), reply: .json(.testReport),
            errors: [.notFound, .deadlineExceeded, .quotaExceeded, .retryLater],
            example: ["workflow": "greet", "version": "draft", "steps": true]),
        .operation(
            .get, "/api/workflows/templates", "template/list",
            "Workflows to begin one's own from, by category and name: Cloister's own, and those that the tenant's plugins bring along.",
            read, reply: .json(.templateList), errors: [.notFound]),
        .operation(
            .get, "/api/workflows/templates/{template}", "template/show", "A template with its parameters and its definition.", read,
            parameters: [template, .query("plugin", .label(), "The plugin that brings it along; Cloister's own without")],
            reply: .json(.workflowTemplate), errors: [.notFound, .quotaExceeded]),
        .operation(
            .post, "/api/workflows/templates/{template}/use", "template/use", "Saves a draft that is made from a template.", write,
            parameters: [template], body: .json(InputSchema(.templateUse)), reply: .json(.workflowDraft, .created),
            errors: [.notFound, .conflict, .quotaExceeded],
            example: ["workflow": "our-invoices", "parameters": ["limit": 500]]),
    ]
}
