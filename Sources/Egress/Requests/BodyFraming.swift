/// Where a message's body ends (RFC 9112, section 6), for messages of which only one reading is possible.
package enum BodyFraming: Hashable, Sendable {
    case none
    case length(Int64)
    case chunked

    /// Reads it from the head of a request.
    package init(_ head: MessageHead) throws(Refusal) {
        let lengths = head.values("content-length")
        let codings = head.values("transfer-encoding")
        guard lengths.isEmpty || codings.isEmpty else {
            throw Refusal(.badRequest, "both Content-Length and Transfer-Encoding", hint: "send one of them")
        }
        if let coding = codings.first {
            guard codings.count == 1, coding.lowercased() == "chunked" else {
                throw Refusal(.badRequest, "a transfer coding other than chunked", hint: "send Transfer-Encoding: chunked")
            }
            self = .chunked
        } else if let length = lengths.first {
            guard lengths.count == 1 else { throw Refusal(.badRequest, "Content-Length stands more than once") }
            guard let count = Self.decimal(length) else {
                throw Refusal(.badRequest, "not a Content-Length: \(Refusal.quote(length))")
            }
            self = .length(count)
        } else {
            self = .none
        }
    }

    /// At most 18 digits and nothing else.
    static func decimal(_ text: String) -> Int64? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }
}
