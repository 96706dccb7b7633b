/// What of the host and of a tenant a plugin may be granted, each with what can be done to it.
package enum Resource: String, Sendable, CaseIterable, Codable {
    case documents, storage, secrets, events, hooks, connections, notifications, network

    /// The actions that a grant of this resource can name.
    package var actions: [String] {
        switch self {
        case .documents: ["read", "create", "delete"]
        case .storage: ["read", "write"]
        case .secrets: ["read"]
        case .events: ["emit"]
        case .hooks: ["handle"]
        case .connections: ["call"]
        case .notifications: ["send"]
        case .network: ["connect"]
        }
    }

    /// The keys of `conditions` that narrow a grant of this resource.
    package var conditions: [String] {
        switch self {
        case .documents: ["media-types", "max-size"]
        case .storage: ["path-prefix"]
        case .secrets, .events, .hooks, .connections: ["names"]
        case .notifications: []
        case .network: ["hosts", "ports", "methods"]
        }
    }
}
