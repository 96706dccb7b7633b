package import Model
package import NIOCore

extension PluginHost {
    /// Tells an event of the host application to the handlers of a tenant. Only those events that `HookEvent.isForHosts`
    /// names: what happens to tenants and plugins the daemon says, and a plugin's own events that plugin.
    package func emit(
        _ name: String, _ value: ByteBuffer, document: DocumentID?, for tenant: TenantID
    ) async throws(Problem) -> HookReport {
        guard let event = HookEvent.core(named: name) else { throw Hooks.unknown(name) }
        guard event.isForHosts else {
            guard event.kind == .action else {
                throw Problem(
                    .invalidInput, "/event: \(name) is a filter", hint: "apply it: cloister hook apply \(name)")
            }
            throw Problem(
                .permissionDenied, "event \(name) is the daemon's own", hint: "a host application tells document.…, workflow.… and sync.…")
        }
        guard case .object? = try? JSONValue.parse(Array(value.readableBytesView)) else {
            throw Problem(.invalidInput, "/value: expected object")
        }
        return try await trace(name, value, document: document, for: tenant)
    }
}
