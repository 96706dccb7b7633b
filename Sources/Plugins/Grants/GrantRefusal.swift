package import Logging
package import Model

/// A request that no grant allows: what the audit log says about it.
package struct GrantRefusal: Sendable {
    package let tenant: TenantID
    package let plugin: PluginID
    package let resource: Resource
    package let action: String
    /// Empty where there is nothing to name.
    package let subject: String
    /// How many refusals of the plugin went untold before this one.
    package let untoldBefore: Int
    /// Whether its manifest asks for the resource and the action at all.
    let isRequested: Bool

    package var metadata: Logger.Metadata {
        [
            "audit": "denied", "tenant": "\(tenant)", "plugin": "\(plugin)", "resource": "\(resource.rawValue)",
            "action": "\(action)", "subject": "\(subject.debugDescription)", "untoldBefore": "\(untoldBefore)",
        ]
    }

    /// What the plugin is told: resource, action, and the way to a grant.
    var problem: Problem {
        let what = "\(resource.rawValue) \(action)" + (subject.isEmpty ? "" : " of \(subject)")
        let entry = "`permissions: [{resource: \(resource.rawValue), actions: [\(action)]}]`"
        return Problem(
            .permissionDenied, "permission denied: \(what) for plugin \(plugin)",
            hint: isRequested
                ? "the tenant has not granted it: cloister plugin permissions \(plugin) --tenant \(tenant)"
                : "the manifest asks for it with \(entry)")
    }
}
