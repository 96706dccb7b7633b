/// A node of one workflow.
package struct NodeID: LabelIdentifier {
    package static let noun = "node identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// One execution of a workflow.
package struct RunID: RandomIdentifier {
    package static let noun = "run identifier"
    package static let prefix = "run"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// A connector to a vendor's service, the same for all tenants.
package struct ConnectorID: LabelIdentifier {
    package static let noun = "connector identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
