package import NIOCore

/// The head of an origin's answer, as far as the proxy must understand it.
package struct AnswerHead: Hashable, Sendable {
    package let status: Int
    private let head: MessageHead
    private let length: Int64?

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
        guard lengths.count <= 1, lengths.isEmpty || codings.isEmpty else {
            throw Refusal(.badAnswer, "an answer whose end can be read in two ways")
        }
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

    /// How long the body of the answer to a request with this method is; nil when only its own end tells.
    package func bodyLength(toMethod method: String) -> Int64? {
        method == "HEAD" || isInterim || status == 204 || status == 304 ? 0 : length
    }

    package func write(into buffer: inout ByteBuffer) {
        var fields = head.endToEndFields(leavingOut: [])
        if let coding = head.values("transfer-encoding").first { fields.append(.init("Transfer-Encoding", coding)) }
        if !isInterim { fields.append(.init("Connection", "close")) }
        let words = head.startLine.split(separator: " ", maxSplits: 1)
        MessageHead.write(startLine: "HTTP/1.1 \(words[1])", fields, into: &buffer)
    }
}
