import Model
import NIOCore
import Synchronization

/// The tools that a plugin's MCP server listed last. Kept as bytes by the event loop that got them, and read once, on
/// another thread, when somebody first wants to know.
final class MCPServerTools: Sendable {
    private struct State {
        var pages: [ByteBuffer]?
        var reading: Task<MCPToolList, Never>?
        var isTold = false
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
            state = State(pages: pages)
        }
    }

    /// The tools; nil before a server has listed any. However many ask at once, a list is read once.
    func read() async -> [Manifest.Tool]? {
        let reading = state.withLock { state -> Task<MCPToolList, Never>? in
            guard let pages = state.pages else { return nil }
            if let reading = state.reading { return reading }
            let declared = declared
            let reading = Task { MCPToolList(pages, declared: declared) }
            state.reading = reading
            return reading
        }
        return await reading?.value.tools
    }

    /// What is to be said about the list, told once for each.
    func takeNotes() async -> [String] {
        let reading = state.withLock { state -> Task<MCPToolList, Never>? in
            guard !state.isTold, let reading = state.reading else { return nil }
            state.isTold = true
            return reading
        }
        return await reading?.value.notes ?? []
    }
}
