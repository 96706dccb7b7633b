/// A request of a node of kind `http`, as its author wrote it.
package struct HTTPAction: Sendable, Hashable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"

        /// RFC 9110, sections 9.3.1, 9.3.2 and 9.3.5: a body has no meaning there, and some refuse it.
        var hasBody: Bool { ![.get, .head, .delete].contains(self) }

        /// RFC 9110, section 9.2.2.
        var idempotency: NodeKind.Idempotency { self == .post || self == .patch ? .none : .idempotent }
    }

    /// A secret of the tenant's. It is put into its header when the request goes out, and is nowhere else: in no definition, in no run.
    package struct Secret: Sendable, Hashable {
        package var name: String
        package var header = Self.ordinaryHeader
        /// Before the secret, in the same header.
        package var prefix = Self.ordinaryPrefix

        package static let ordinaryHeader = "Authorization"
        package static let ordinaryPrefix = "Bearer "
    }

    package var method = Method.get
    /// A text that begins with its host, or with a constant of the settings that does.
    package var url: Template
    package var headers: [String: Template] = [:]
    package var query: [String: Template] = [:]
    package var body: Template?
    /// In the place of `body`: the identifier of a document of the tenant's, or what refers to one.
    package var document: Template?
    package var secret: Secret?
    /// Statuses with which it succeeds; 200 to 299 where there is none.
    package var successes: Set<Int> = []
    package var idempotency = NodeKind.Idempotency.idempotent

    /// Of each request whose node has no `timeout`.
    package static let ordinaryTimeout = Duration.seconds(30)
    /// Bytes of an answer, which is in memory until it is kept.
    package static let answerLimit = 4 << 20
    /// Bytes of a document that is sent, which is in memory, too.
    package static let documentLimit: Int64 = 4 << 20
    /// A request holds one of the places that all tenants share.
    package static let longestTimeout = Duration.seconds(300)

    package func succeeds(with status: Int) -> Bool {
        successes.isEmpty ? (200..<300).contains(status) : successes.contains(status)
    }

    var templates: [Template] {
        [url] + headers.keys.sorted().compactMap { headers[$0] } + query.keys.sorted().compactMap { query[$0] } + [body, document].compactMap { $0 }
    }

    /// What is worked out before the request is made, in one: `{url, headers, query, body, document}`. What an expression gives for a piece
    /// of the address is escaped, so that it stays in its place.
    var form: Template {
        var members = ["url": Self.escaping(url.root)]
        if !headers.isEmpty { members["headers"] = .object(headers.mapValues(\.root)) }
        if !query.isEmpty { members["query"] = .object(query.mapValues(\.root)) }
        if let body { members["body"] = body.root }
        if let document { members["document"] = document.root }
        return Template(root: .object(members))
    }

    private static func escaping(_ part: Template.Part) -> Template.Part {
        guard case .text(let parts) = part else { return part }
        return .text(
            parts.enumerated().map { index, part in
                guard case .expression(let program) = part, index > 0 || variable(program) == nil, !program.isEscaped else { return part }
                return .expression("(\(program)\n) | @uri")
            })
    }

    /// The constant of the settings that a program gives: `service` of `$vars.service`.
    static func variable(_ program: String) -> String? {
        let words = program.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, words[0].hasPrefix("$vars.") else { return nil }
        let name = words[0].dropFirst(6)
        guard let first = name.utf8.first, !(0x30...0x39).contains(first),
            name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F })
        else { return nil }
        return String(name)
    }
}

extension String {
    /// Whether a program escapes what it gives itself.
    fileprivate var isEscaped: Bool { split(whereSeparator: \.isWhitespace).last?.hasSuffix("@uri") ?? false }
}
