package import Model
import NIOCore

extension PluginHost {
    /// Calls a tool for a step of a workflow. Where the tool takes a document, the input names one of the tenant's, which the
    /// plugin must be granted to read. `key` is the same whenever the step is tried again, and the plugin is given it.
    package func call(
        _ toolName: String, of id: PluginID, for tenant: TenantID, input text: String, key: String
    ) async throws(Problem) -> String {
        let properties = try await find(id, for: tenant).tool(toolName).input.documentProperties
        var input = ByteBuffer(string: text)
        var documents: [String: DocumentID] = [:]
        if !properties.isEmpty, var members = try JSONValue.parse(text, as: "input").object {
            for property in properties {
                guard let document = members[property]?.string.flatMap(DocumentID.init(rawValue:)) else { continue }
                documents[property] = document
                members[property] = nil
            }
            input = ByteBuffer(bytes: JSONValue.object(members).bytes)
        }
        let output = try await call(
            toolName, of: id, for: tenant, input: input, documents: [:], stored: documents, owner: 0, deadline: nil, key: key)
        return String(decoding: output.readableBytesView, as: UTF8.self)
    }

    /// Tells an event of a workflow's own to whoever handles it. How many did.
    package func tell(own event: String, _ value: String, for tenant: TenantID) async throws(Problem) -> Int {
        try await hooks.raise(own: HookEvent(event, "an event of a workflow"), ByteBuffer(string: value), for: tenant).steps.count
    }

    /// Tells the tenant's handlers of what the daemon did. What they make of it is theirs.
    package func tell(_ event: String, _ value: JSONValue, for tenant: TenantID) async {
        _ = try? await hooks.raise(event, value, for: tenant)
    }
}
