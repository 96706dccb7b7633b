/// A tool call under way.
struct Call: Sendable {
    let document: String
    let deadline: ContinuousClock.Instant

    /// Throws when nobody waits for the answer any more. Cheap enough for every mebibyte that is read.
    func check() throws(Failure) {
        if Task.isCancelled { throw Failure(.cancelled, "cancelled") }
        if deadline <= .now { throw Failure(.deadlineExceeded, "deadline exceeded: digest") }
    }
}

extension Call {
    static let tool = "digest"

    init(_ parameters: JSON) throws(Failure) {
        guard parameters["name"]?.string == Self.tool else {
            throw Failure(.notFound, "tool not found (there is only \(Self.tool))")
        }
        guard let document = parameters["input"]?["document"]?.string, document.hasPrefix("/"), !document.contains("\0") else {
            throw Failure(.invalidParameters, "document is the absolute path of a file")
        }
        let milliseconds = min(max(1, parameters["deadlineMs"]?.integer ?? 30_000), 86_400_000)
        self.document = document
        // A little less than the host's own time, so that the reason for a late answer is still heard.
        deadline = .now + .milliseconds(milliseconds) * 0.95
    }
}
