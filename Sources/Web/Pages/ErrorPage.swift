import HTTPTypes
import HummingbirdCore

/// A refusal for people.
enum ErrorPage {
    static func answer(_ refusal: Refusal, request id: String, _ look: Look) -> Answer {
        // What a program may do where nothing is helps no person.
        let hint: HTML? = refusal.status == .notFound ? nil : refusal.hint.map { "<p>\(sentence($0))</p>" }
        var answer = PageShell(
            title: refusal.status.reasonPhrase, kind: .ordinary,
            content: """
                <h1>\(refusal.status.reasonPhrase)</h1>
                <p>\(sentence(refusal.detail))</p>
                \(hint)
                \(refusal.status == .unauthorized ? login : start)
                <p class="muted">Error \(refusal.status.code), request <code>\(id)</code></p>
                """
        ).answer(look, refusal.status)
        for field in refusal.headers { answer.headers.append(field) }
        return answer
    }

    private static let login: HTML = #"<p><a class="button" href="/login">Log in</a></p>"#
    private static let start: HTML = #"<p><a href="/">To the start page</a></p>"#

    /// Whether whoever asks would rather see a page: RFC 9110 section 12.5.1. The API answers in JSON whatever it is asked.
    static func isWanted(_ head: HTTPRequest) -> Bool {
        let path = head.path ?? "/"
        guard path != "/api", !path.hasPrefix("/api/"), !path.hasPrefix("/api?") else { return false }
        let ranges = (head.headerFields[.accept] ?? "*/*").split(separator: ",").prefix(32).map(Range.init)
        let page = quality("text/html", ranges)
        return page > 0 && page > max(quality("application/problem+json", ranges), quality("application/json", ranges))
    }

    private struct Range {
        let type: String
        let quality: Double

        init(_ text: Substring) {
            let parts = text.split(separator: ";").map { $0.trimming { $0 == " " || $0 == "\t" } }
            type = parts.first.map(String.init) ?? ""
            quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
        }
    }

    /// The most exact range decides.
    private static func quality(_ type: String, _ ranges: [Range]) -> Double {
        let kind = type.prefix { $0 != "/" }
        for pattern in [type, kind + "/*", "*/*"] {
            if let range = ranges.first(where: { $0.type.lowercased() == pattern }) { return range.quality }
        }
        return 0
    }

    static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + String(text.dropFirst()) + (text.hasSuffix("?") ? "" : ".")
    }
}
