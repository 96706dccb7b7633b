package import Model

/// Why the way out stays shut for a request: what the child is told, what the audit keeps.
package struct Refusal: Error, Hashable, Sendable {
    /// Stable words; a plugin may decide on them.
    package enum Kind: String, Sendable, CaseIterable {
        case badRequest = "bad-request"
        case badTarget = "bad-target"
        case headTooLarge = "head-too-large"
        case headTimeout = "head-timeout"
        case versionUnsupported = "version-unsupported"
        case hostNotGranted = "host-not-granted"
        case portNotGranted = "port-not-granted"
        case methodNotGranted = "method-not-granted"
        case addressNotPublic = "address-not-public"
        case nameMismatch = "name-mismatch"
        case credentialUnavailable = "credential-unavailable"
        case volumeUsedUp = "volume-used-up"
        case requestsUsedUp = "requests-used-up"
        case tooManyConnections = "too-many-connections"
        case tooManyLookups = "too-many-lookups"
        case nameNotFound = "name-not-found"
        case unreachable = "unreachable"
        case badAnswer = "bad-answer"
        case timeout = "timeout"
        case shuttingDown = "shutting-down"
    }

    package var kind: Kind
    /// A lower-case fragment.
    package var reason: String
    package var destination: Authority?
    package var hint: String?
    /// Of a request of the daemon's own: whether it may have reached the other side all the same.
    package var mayHaveArrived = false

    package init(_ kind: Kind, _ reason: String, destination: Authority? = nil, hint: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.destination = destination
        self.hint = hint
    }

    package func at(_ destination: Authority) -> Refusal {
        var copy = self
        copy.destination = copy.destination ?? destination
        return copy
    }
}

extension Refusal {
    package var status: Int {
        switch kind {
        case .badRequest, .badTarget, .nameMismatch: 400
        case .hostNotGranted, .portNotGranted, .methodNotGranted, .addressNotPublic: 403
        case .headTimeout: 408
        case .volumeUsedUp, .requestsUsedUp, .tooManyConnections, .tooManyLookups: 429
        case .headTooLarge: 431
        case .nameNotFound, .unreachable, .badAnswer, .credentialUnavailable: 502
        case .shuttingDown: 503
        case .timeout: 504
        case .versionUnsupported: 505
        }
    }

    private var title: String {
        switch status {
        case 400: "Bad Request"
        case 403: "Forbidden"
        case 408: "Request Timeout"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "HTTP Version Not Supported"
        }
    }

    /// The problem document of RFC 9457.
    package var document: JSONValue {
        [
            "type": .string("urn:cloister:egress:\(kind.rawValue)"), "title": .string(title), "status": JSONValue(status),
            "detail": .string(reason), "host": JSONValue(destination.map { "\($0)" }), "reason": .string(kind.rawValue),
            "hint": JSONValue(hint),
        ]
    }

    /// The whole answer, after which the connection closes.
    package func answer(toHead isHead: Bool = false) -> [UInt8] {
        let body = document.bytes
        let head = """
            HTTP/1.1 \(status) \(title)\r
            Content-Type: application/problem+json\r
            Content-Length: \(body.count)\r
            Cache-Control: no-store\r
            Connection: close\r
            \r

            """
        return Array(head.utf8) + (isHead ? [] : body)
    }

    /// What somebody else wrote, short and on one line.
    package static func quote(_ text: some StringProtocol) -> String { String(text.prefix(80)).debugDescription }

    /// The part of a target that holds no secret: without what stands before an `@`, without query and fragment.
    static func quote(target: some StringProtocol) -> String {
        let text = target.prefix { $0 != "?" && $0 != "#" }
        return quote(text.lastIndex(of: "@").map { "…" + text[$0...] } ?? String(text))
    }

    /// A host as it can stand in a list of YAML's flow style.
    package static func yaml(_ host: Host) -> String {
        if case .address(let address) = host, !address.isFour { return "\"\(address)\"" }
        return "\(host)"
    }
}
