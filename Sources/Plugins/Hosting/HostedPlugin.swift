import Model
import NIOCore
import Store
import Supervisor

/// A plugin that a tenant has, ready to be called.
final class HostedPlugin: Sendable {
    let tenant: TenantID
    let manifest: Manifest
    /// Where its code lies on the host.
    let folder: String
    let exchange: ExchangeFolder
    let pool: ChildPool
    private let mcp: MCPServer?

    init(
        tenant: TenantID, manifest: Manifest, folder: String, exchange: ExchangeFolder, pool: ChildPool,
        mcp: MCPServer? = nil
    ) {
        self.tenant = tenant
        self.manifest = manifest
        self.folder = folder
        self.exchange = exchange
        self.pool = pool
        self.mcp = mcp
    }

    /// The tools that it offers as far as is known without starting it.
    var tools: [Manifest.Tool] {
        get async { await mcp?.tools.read() ?? manifest.tools }
    }

    /// A tool by its name. An MCP server is started for it, where it has never said what it has.
    func tool(_ name: String) async throws(Problem) -> Manifest.Tool {
        if let mcp { try await learnTools(mcp) }
        let tools = await tools
        if let tool = tools.first(where: { $0.name == name }) { return tool }
        let names = tools.map(\.name)
        throw Problem(
            .notFound, "tool not found: \(name.prefix(80)) of plugin \(manifest.id)",
            hint: names.nearest(to: name).map { "did you mean \($0)?" }
                ?? (names.isEmpty ? "it has none" : "there are: \(names.prefix(20).joined(separator: ", "))"))
    }

    /// Starts an instance if none runs and returns when the plugin's tools are known; what is odd about them goes to its log.
    func warm() async throws(Problem) {
        guard let mcp else { return try await pool.warm() }
        try await warm(mcp)
        try await learnTools(mcp)
    }

    /// A server that ended under the first question it was ever asked gets the other one at once.
    private func warm(_ mcp: MCPServer) async throws(Problem) {
        do throws(Problem) {
            try await pool.warm()
        } catch {
            guard error.code == .pluginFailed, mcp.hasAnotherWay else { throw error }
            try await pool.warm()
        }
    }

    private func learnTools(_ mcp: MCPServer) async throws(Problem) {
        if !mcp.tools.isKnown { try await warm(mcp) }
        _ = await mcp.tools.read()
        for note in await mcp.tools.takeNotes() { await pool.note(note) }
    }
}
