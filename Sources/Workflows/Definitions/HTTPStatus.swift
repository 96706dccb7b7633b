/// The status of an answer, as the code of an error names it: `http.503`.
struct HTTPStatus: Sendable, Hashable {
    let number: Int

    init(_ number: Int) { self.number = number }

    init?(code: String) {
        guard code.hasPrefix("http."), let number = Int(code.dropFirst(5)), (100...999).contains(number) else { return nil }
        self.number = number
    }

    var code: String { "http.\(number)" }

    /// `http.5xx`
    var family: String { "http.\(number / 100)xx" }

    /// Whether the same request may well be answered otherwise later.
    var mayPass: Bool { number >= 500 || [408, 425, 429].contains(number) }
}
