/// A workflow of a tenant, the same in all of its versions.
package struct WorkflowID: LabelIdentifier {
    package static let noun = "workflow identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
