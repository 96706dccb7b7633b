package import NIOCore

/// The head of an origin's answer, as far as the proxy must understand it.
package struct AnswerHead: Hashable, Sendable {
    package let status: Int
    private let head: MessageHead
    private let length: Int64?
    private let isChunked: Bool

    /// Throws `badAnswer` for what clients could read in two ways.
    package init(_ head: MessageHead) throws(Refusal) {
        let line = head.startLine
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0", words[1].utf8.count == 3,
            let status = Int(words[1]), (100...999).contains(status)
        else { throw Refusal(.badAnswer, "not a status line: \(Refusal.quote(line))") }
        guard status != 101 else { throw Refusal(.badAnswer, "the origin changes the protocol", hint: "use CONNECT for that") }
        let lengths = Set(head.values("content-length"))
        let codings = head.values("transfer-encoding")
        guard lengths.count <= 1, lengths.isEmpty || codings.isEmpty, codings.isEmpty || words[0] == "HTTP/1.1" else {
            throw Refusal(.badAnswer, "an answer whose end can be read in two ways")
        }
        guard codings.isEmpty || codings.count == 1 && codings[0].lowercased() == "chunked" else {
            throw Refusal(.badAnswer, "a transfer coding other than chunked")
        }
        isChunked = !codings.isEmpty
        self.status = status
        self.head = head
        length = try lengths.first.map { (text) throws(Refusal) in
            guard let length = BodyFraming.decimal(text) else {
                throw Refusal(.badAnswer, "not a Content-Length: \(Refusal.quote(text))")
            }
            return length
        }
    }

    /// An interim answer is followed by another head.
    package var isInterim: Bool { status < 200 }

    /// The body of the answer to a request with this method.
    func body(toMethod method: String) -> AnswerBody {
        if method == "HEAD" || hasNoBody || status == 304 { return .counted(0) }
        if isChunked { return .chunked(BodyReader(.chunked, isLenient: true)) }
        return length.map { .counted($0) } ?? .untilEnd
    }

    private var hasNoBody: Bool { isInterim || status == 204 }

    /// Writes it as the child gets it: with one reading of where its body ends.
    package func write(keepingOpen: Bool, into buffer: inout ByteBuffer) {
        var fields = head.endToEndFields(leavingOut: hasNoBody || head.values("content-length").count > 1 ? ["content-length"] : [])
        if let length, !hasNoBody, head.values("content-length").count > 1 {
            fields.append(.init("Content-Length", "\(length)"))
        }
        if isChunked, !hasNoBody { fields.append(.init("Transfer-Encoding", "chunked")) }
        if !isInterim, !keepingOpen { fields.append(.init("Connection", "close")) }
        let words = head.startLine.split(separator: " ", maxSplits: 1)
        MessageHead.write(startLine: "HTTP/1.1 \(words[1])", fields, into: &buffer)
    }
}
