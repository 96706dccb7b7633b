import HTTPTypes
import Model

/// What holds for the headers of every request.
enum HeaderRules {
    /// These mean one thing or nothing: two of them are two requests in one, and different readers would see different ones.
    private static let singletons: [HTTPField.Name] = [
        .authorization, .contentType, .contentLength, .expect, .range, .ifRange, .idempotencyKey, .contentEncoding, .uploadOffset,
        .uploadComplete,
    ]

    static func check(_ head: HTTPRequest) throws(Refusal) {
        // RFC 9112 section 3.2.
        guard let authority = head.authority, !authority.isEmpty else {
            throw Refusal(.badRequest, "malformedHeader", "the request names no host", faults: [Fault(.header("Host"), "missing")])
        }
        // The first is not among the fields any more.
        guard !head.headerFields.contains(.host) else {
            throw Refusal(.badRequest, "malformedHeader", "the request names two hosts", faults: [Fault(.header("Host"), "stands twice")])
        }
        guard let twice = singletons.first(where: { head.headerFields[values: $0].count > 1 }) else { return }
        throw Refusal(
            .badRequest, "malformedHeader", "a header stands twice: \(twice)",
            faults: [Fault(.header(twice.rawName), "stands twice")])
    }

    /// The key that a request presents; nil where it presents none.
    static func bearer(_ head: HTTPRequest) -> String? {
        guard let value = head.headerFields[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1].trimming { $0 == " " })
    }

    /// A name for this attempt by which a second one is known: 1 to 128 visible characters.
    static func idempotencyKey(_ head: HTTPRequest) throws(Refusal) -> String? {
        guard let key = head.headerFields[.idempotencyKey] else { return nil }
        guard (1...128).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(
                .badRequest, "malformedHeader", "not an idempotency key",
                faults: [Fault(.header("Idempotency-Key"), "1 to 128 visible ASCII characters")])
        }
        return key
    }

    /// The media type without its parameters, in lower case.
    static func mediaType(_ head: HTTPRequest) -> String? {
        head.headerFields[.contentType].map { value in
            String(value.prefix { $0 != ";" }.trimming { $0 == " " || $0 == "\t" }).lowercased()
        }
    }
}

extension HTTPField.Name {
    static let host = HTTPField.Name("Host")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
    static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
    static let link = HTTPField.Name("Link")!
    static let requestID = HTTPField.Name("X-Request-Id")!
    static let uploadOffset = HTTPField.Name("Upload-Offset")!
    static let uploadComplete = HTTPField.Name("Upload-Complete")!
    static let uploadLength = HTTPField.Name("Upload-Length")!
    static let uploadLimit = HTTPField.Name("Upload-Limit")!
    static let traceParent = HTTPField.Name("traceparent")!
}
