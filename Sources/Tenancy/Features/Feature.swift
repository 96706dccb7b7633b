/// A part of the product that a tenant has or has not. Stable: the registry and the API name them.
package enum Feature: String, Sendable, CaseIterable, Comparable {
    case documents, plugins, marketplace, hooks, workflows
    /// The HTTP API, for the tenant's own keys.
    case api
    /// Its own look, and its own domains.
    case whitelabel

    package static func < (left: Feature, right: Feature) -> Bool { left.rawValue < right.rawValue }
}
