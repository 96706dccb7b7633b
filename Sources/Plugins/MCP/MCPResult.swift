import Model
import NIOCore
import Supervisor

/// What the answer to `tools/call` means to the host.
enum MCPResult {
    /// What of a server's own words about a failure is kept.
    private static let textLimit = 4000

    /// `{"output": …}`: the structured content where there is one, else the list of content blocks, each as the server
    /// made it. Throws what the server says went wrong, and where it wants a person's answer first.
    static func output(of answer: ByteBuffer) throws(Problem) -> ByteBuffer {
        let members = JSONMembers(
            answer, ["structuredContent", "content", "isError", "resultType", "inputRequests"])
        if let kind = members.value("resultType")?.string, kind != "complete" { throw unfinished(kind, members) }
        if members.value("isError")?.bool == true {
            throw Problem(.pluginFailed, text(of: members["content"]))
        }
        var output = members["structuredContent"]
        if output?.getString(at: output?.readerIndex ?? 0, length: 4) == "null" { output = nil }
        guard let output = output ?? members["content"] else {
            throw Problem(.pluginFailed, "the answer to tools/call has neither structuredContent nor content")
        }
        var buffer = ByteBufferAllocator().buffer(capacity: output.readableBytes + 16)
        buffer.writeStaticString(#"{"output":"#)
        buffer.writeImmutableBuffer(output)
        buffer.writeStaticString("}")
        return buffer
    }

    private static func unfinished(_ kind: String, _ members: JSONMembers) -> Problem {
        guard kind == "input_required" else {
            return Problem(.unsupported, "an answer of a kind that this host does not know: \(printable(kind))")
        }
        let asked = (members.value("inputRequests")?.object ?? [:]).values.compactMap { $0["method"]?.string }
        let what = Set(asked).sorted().prefix(4).map { printable($0) }.joined(separator: ", ")
        return Problem(
            .unsupported, "the tool wants more before it answers (input_required)\(what.isEmpty ? "" : ": \(what)")",
            hint: "no person and no model stands behind a call: give the tool all it needs in its input")
    }

    /// The text blocks of a failed call.
    private static func text(of content: ByteBuffer?) -> String {
        guard let content, content.readableBytes <= 1 << 20 else { return "the tool failed, and says so at great length" }
        let blocks = content.withUnsafeReadableBytes { try? JSONValue.parse($0) }?.array ?? []
        let text = blocks.compactMap { $0["text"]?.string }.joined(separator: " ")
        return text.isEmpty ? "the tool failed without a reason" : printable(text, limit: textLimit)
    }

    private static func printable(_ text: String, limit: Int = 80) -> String {
        OutputTail.printable(text.utf8.prefix(limit).map { $0 == 0x0A ? 0x20 : $0 })
    }
}
