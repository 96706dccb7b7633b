/// The two ways in which MCP over stdio is spoken.
enum MCPEra: Sendable, Hashable {
    /// An `initialize` and a version agreed on; both sides may ask. Revisions up to 2025-11-25.
    case legacy(version: String)
    /// No opening: every request says its version, and only the host asks. Revision 2026-07-28.
    case modern

    /// What the host asks for in `initialize`, and what else it accepts as the server's answer.
    static let legacyVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
    static let modernVersion = "2026-07-28"

    var version: String {
        switch self {
        case .legacy(let version): version
        case .modern: Self.modernVersion
        }
    }

    /// What is tried first with a server of which nothing is known, or of which this is.
    enum Opening: String, Sendable, CaseIterable {
        case unknown, legacy, modern
    }

    var opening: Opening {
        switch self {
        case .legacy: .legacy
        case .modern: .modern
        }
    }
}
