import Model
import NIOCore
import Synchronization

/// The tools that a plugin's MCP server listed last. Kept as bytes by the event loop that got them, and read by whoever
/// first wants to know, on another thread.
final class MCPServerTools: Sendable {
    private struct State {
        var pages: [ByteBuffer]?
        var generation = 0
        var list: MCPToolList?
    }

    private let declared: [Manifest.Tool]
    private let state = Mutex(State())

    /// `declared` are the tools of the manifest: where there are any, the server offers no others.
    init(declared: [Manifest.Tool]) { self.declared = declared }

    /// Whether a server has ever listed its tools here.
    var isKnown: Bool { state.withLock { $0.pages != nil } }

    func update(_ pages: [ByteBuffer]) {
        state.withLock { state in
            if let known = state.pages, known == pages { return }
            state.pages = pages
            state.generation += 1
            state.list = nil
        }
    }

    /// The tools, and what is to be said about the list when this reading was its first. Nil before a server has listed any.
    func read() -> (list: MCPToolList, notes: [String])? {
        let (pages, generation, list) = state.withLock { ($0.pages, $0.generation, $0.list) }
        if let list { return (list, []) }
        guard let pages else { return nil }
        let made = MCPToolList(pages, declared: declared)
        let isFirst = state.withLock { state in
            guard state.generation == generation, state.list == nil else { return false }
            state.list = made
            return true
        }
        return (made, isFirst ? made.notes : [])
    }
}
