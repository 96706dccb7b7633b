import Model

/// Says what name was probably meant. Only for the first few of a definition: each costs a comparison with every name.
struct Suggestions {
    private static let limit = 10

    private let names: [String]
    private var left = limit

    init(_ names: [String]) { self.names = names }

    mutating func nearest(_ text: String) -> String? {
        guard left > 0 else { return nil }
        left -= 1
        return names.nearest(to: text)
    }

    mutating func near(_ text: String) -> String? { nearest(text).map { "did you mean \($0)?" } }
}
