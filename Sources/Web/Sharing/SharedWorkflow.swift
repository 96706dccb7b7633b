package import Model

/// What a link opens: a version of a workflow, for somebody of whom nothing is known.
package struct SharedWorkflow: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case json, yaml
    }

    /// The definition without what looks like a secret.
    package struct Content: Sendable {
        package let definition: JSONValue
        /// As a file.
        package let text: @Sendable (Format) -> String

        package init(definition: JSONValue, text: @escaping @Sendable (Format) -> String) {
            self.definition = definition
            self.text = text
        }
    }

    package let link: WorkflowLinkID
    package let workflow: WorkflowID
    package let version: Int
    /// When the link opens nothing any more, in milliseconds since 1970 (UTC).
    package let expires: Int64
    /// How often it was opened before.
    package let uses: Int64
    /// Whether that was never in this hour.
    package let isFirstOfHour: Bool
    /// Counts the use. Nil where the link went at this moment.
    package let open: @Sendable () async throws(Problem) -> Content?

    package init(
        link: WorkflowLinkID, workflow: WorkflowID, version: Int, expires: Int64, uses: Int64, isFirstOfHour: Bool,
        open: @escaping @Sendable () async throws(Problem) -> Content?
    ) {
        self.link = link
        self.workflow = workflow
        self.version = version
        self.expires = expires
        self.uses = uses
        self.isFirstOfHour = isFirstOfHour
        self.open = open
    }
}
