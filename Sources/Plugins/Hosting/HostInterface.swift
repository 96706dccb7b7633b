import Model
import NIOCore
import Supervisor
import Wire

/// What a plugin may ask of the host. Each request needs a grant; one without is refused with the manifest entry that
/// would ask for it, and an unknown one as unknown.
struct HostInterface: Sendable {
    private let grants: Grants

    init(_ grants: Grants) { self.grants = grants }

    /// The resource and the action that a method needs.
    private static let needs: [String: (resource: Resource, action: String)] = [
        "storage/get": (.storage, "read"), "storage/list": (.storage, "read"),
        "storage/put": (.storage, "write"), "storage/delete": (.storage, "write"),
        "document/open": (.documents, "read"), "document/info": (.documents, "read"),
        "document/create": (.documents, "create"),
        "secret/get": (.secrets, "read"),
        "event/emit": (.events, "emit"),
        "connection/call": (.connections, "call"),
    ]

    func answer(_ request: InboundRequest, from key: ChildKey) {
        do throws(Problem) {
            guard let need = Self.needs[request.method] else { throw unknown(request.method) }
            try grants.authorize(need.resource, need.action, on: .nothing, for: key.plugin, of: key.tenant)
            throw unknown(request.method)
        } catch {
            request.fail(error)
        }
    }

    private func unknown(_ method: String) -> Problem {
        Problem(
            .unsupported, "unknown method: \(OutputTail.printable(method.utf8.prefix(80)))",
            hint: "cloister/1 names what a plugin may ask of the host")
    }
}
