import Model
import Store

/// What is known of a plugin's MCP server beyond the life of one child: its era and its tools.
final class MCPServer: Sendable {
    let tools: MCPServerTools
    private let memory: MCPMemory

    init(_ folder: PluginFolder, _ store: TenantStore) async throws(Problem) {
        tools = MCPServerTools(declared: folder.manifest.tools)
        let fingerprint = try await Blocking.run { () throws(Problem) in MCPFingerprint.make(of: folder) }
        memory = try await MCPMemory.recall(fingerprint, in: store)
    }

    /// Whether it was started once without an outcome, so that the next start opens the conversation in another way.
    var hasAnotherWay: Bool { memory.hasAnotherWay }

    func dialect(instance: Int, hostVersion: String) -> MCPDialect {
        MCPDialect(opening: memory.opening(instance: instance), hostVersion: hostVersion)
    }

    func learned(from dialect: MCPDialect) {
        if let era = dialect.era { memory.learn(era) }
        tools.update(dialect.pages)
    }
}
