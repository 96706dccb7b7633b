extension Schema {
    static let testWish = Schema.input(
        "TestWish",
        [
            .optional("workflow", .label("The workflow whose definition is tested")),
            .optional("version", .string("draft, published or the number of a version; draft", length: 1...20)),
            .optional("definition", .anyObject("In place of a workflow: a definition; GET /api/workflows/schema describes it")),
            .optional("names", .array(of: .string(length: 1...200), "Of its tests those with these names; all of them without", limit: 50)),
            .optional("tests", .any("To be run once, in place of its own; in the form of a definition's tests")),
            .optional("steps", .boolean("Whether the steps are told, too")),
        ])

    static let testReport = Schema.object(
        "TestReport",
        [
            .required(
                "tests",
                .array(
                    of: .object([
                        .required("name", .string()), .required("passed", .boolean()),
                        .required("complaints", .array(of: .string(), "What is other than the test expects")),
                        .required("ending", .choice(["succeeded", "failed", "waiting", "stopped"])), .required("run", run),
                        .optional("steps", .array(of: runStep, "In the order in which they began")),
                    ]))),
            .required("passed", .integer()), .required("failed", .integer()),
        ])

    private static let templateMembers: [Property] = [
        .required("id", .label()), .required("name", .string()), .required("description", .string()), .required("category", .string()),
        .optional("plugin", .label("The plugin that brings it along")),
    ]

    static let templateList = Schema.object(
        "TemplateList", [.required("templates", .array(of: .object("TemplateSummary", templateMembers)))])

    static let workflowTemplate = Schema.object(
        "WorkflowTemplate",
        templateMembers + [
            .required("parameters", .anyObject("The JSON Schema of what differs from one to the next, each with a default")),
            .required("workflow", .anyObject("The definition; a text {{parameter}} stands for the parameter's value")),
        ])

    static let templateUse = Schema.input(
        "TemplateUse",
        [
            .required("workflow", .label("What the new workflow is to be called")), .optional("name", .string(length: 1...100)),
            .optional("plugin", .label("The plugin that brings the template along; Cloister's own without")),
            .optional("parameters", .anyObject("Values for the template's parameters; the defaults where they are left out")),
        ])
}
