/// A link that opens a version of a workflow to whoever has it; what it opens by is another text.
package struct WorkflowLinkID: RandomIdentifier {
    package static let noun = "link identifier"
    package static let prefix = "link"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
