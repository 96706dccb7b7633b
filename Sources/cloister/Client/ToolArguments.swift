import ArgumentParser
import Control
import Glibc
import Model
import NIOCore

/// What a tool is called with.
struct ToolArguments: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "The input: JSON, @FILE to read it from a file, or - for standard input.", valueName: "json"))
    var input: String?

    @Option(
        help: ArgumentHelp("A file that fills the first document property of the tool's input.", valueName: "file"),
        completion: .file())
    var document: String?

    @Option(
        name: .customLong("document-id"),
        help: ArgumentHelp(
            "A document of the tenant that fills it instead; the plugin must be granted to read it.", valueName: "id"),
        transform: DocumentID.init(_:))
    var documentID: DocumentID?

    @Option(
        help: ArgumentHelp("How long to wait at most, for example 500ms, 30s or 2m.", valueName: "time"),
        transform: ToolArguments.deadline)
    var deadline: Duration?

    var isEmpty: Bool { input == nil && document == nil && documentID == nil && deadline == nil }

    func validate() throws {
        guard document == nil || documentID == nil else {
            throw ValidationError("--document and --document-id fill the same property; give one of them")
        }
    }

    /// Longer than the daemon's own limit needs to be, so that its clearer answer comes first.
    static let grace = Duration.seconds(2)

    static func deadline(_ text: String) throws -> Duration {
        guard let duration = Duration(parsing: text), duration > .zero else {
            throw ValidationError("not a time: write 500ms, 30s or 2m")
        }
        return duration
    }

    /// Sends the document, if any, and then the call; returns the tool's output.
    func call(_ tool: String, of reference: PluginReference, in session: ClientSession) async throws -> ByteBuffer {
        var call = PluginCall(reference, tool: tool, deadline: deadline)
        if let input { call.input = try ToolInput.read(input) }
        if let document {
            call.documents[""] = try await DocumentUpload(path: document).send(for: reference.tenant, in: session)
        }
        if let documentID { call.stored[""] = documentID }
        return try await session.send(.pluginCall(call), deadline: deadline.map { $0 + Self.grace })
    }
}
