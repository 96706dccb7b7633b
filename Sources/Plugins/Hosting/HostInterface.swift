import Model
import NIOCore
package import Supervisor
package import Wire

/// What a plugin may ask of the host. No grant can be given yet, so every known request is refused with the manifest
/// entry that would ask for it, and every unknown one as unknown.
package struct HostInterface: Sendable {
    /// The resource and the action that a method needs.
    private static let needs: [String: (resource: String, action: String)] = [
        "storage/get": ("storage", "read"), "storage/list": ("storage", "read"),
        "storage/put": ("storage", "write"), "storage/delete": ("storage", "write"),
        "document/open": ("documents", "read"), "document/info": ("documents", "read"),
        "document/create": ("documents", "create"),
        "secret/get": ("secrets", "read"),
        "event/emit": ("events", "emit"),
        "connection/call": ("connections", "call"),
    ]

    private let denied: @Sendable (ChildKey, _ method: String) -> Void

    /// `denied` writes the audit entry of a refused request.
    package init(denied: @escaping @Sendable (ChildKey, _ method: String) -> Void) { self.denied = denied }

    package func answer(_ request: InboundRequest, from key: ChildKey) {
        guard let need = Self.needs[request.method] else {
            request.fail(
                Problem(
                    .unsupported, "unknown method: \(OutputTail.printable(request.method.utf8.prefix(80)))",
                    hint: "cloister/1 names what a plugin may ask of the host"))
            return
        }
        denied(key, request.method)
        request.fail(
            Problem(
                .permissionDenied, "permission denied: \(need.resource) \(need.action) for plugin \(key.plugin)",
                hint: "the manifest asks for it with `permissions: [{resource: \(need.resource), actions: [\(need.action)]}]`"
            ))
    }
}
