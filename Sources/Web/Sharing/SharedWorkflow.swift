package import Model

/// What a link opens: a version of a workflow, for somebody of whom nothing is known.
package struct SharedWorkflow: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case json, yaml
    }

    package let link: WorkflowLinkID
    package let workflow: WorkflowID
    /// The definition as a file, without what looks like a secret; the use is counted. Nil where the link went at this moment.
    package let open: @Sendable (Format) async throws(Problem) -> String?

    package init(
        link: WorkflowLinkID, workflow: WorkflowID, open: @escaping @Sendable (Format) async throws(Problem) -> String?
    ) {
        self.link = link
        self.workflow = workflow
        self.open = open
    }
}
