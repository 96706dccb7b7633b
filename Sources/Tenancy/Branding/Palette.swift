import Model

/// The colours of the pages, one for each design token, for a light and for a dark surrounding.
package struct Palette: Sendable, Hashable {
    /// Names are those of the custom properties (`--color-NAME`) and of the configuration. Stable.
    package enum Token: String, Sendable, CaseIterable {
        case background, surface, text, muted, accent
        case onAccent = "on-accent"
        case danger
    }

    /// Which surrounding the reader has chosen: `prefers-color-scheme`.
    package enum Scheme: String, Sendable, CaseIterable {
        case light, dark
    }

    /// The pairs that the pages' style puts on each other, text first.
    package static let pairs: [(foreground: Token, background: Token)] = [
        (.text, .background), (.text, .surface), (.muted, .background), (.muted, .surface), (.accent, .background),
        (.accent, .surface), (.onAccent, .accent), (.danger, .background), (.danger, .surface),
    ]

    private var colours: [Token: Colour]

    package subscript(token: Token) -> Colour {
        get { colours[token] ?? .black }
        set { colours[token] = newValue }
    }

    package static func standard(_ scheme: Scheme) -> Palette {
        switch scheme {
        case .light:
            Palette(colours: [
                .background: Colour(red: 0xFF, green: 0xFF, blue: 0xFF), .surface: Colour(red: 0xF3, green: 0xF5, blue: 0xF7),
                .text: Colour(red: 0x1B, green: 0x20, blue: 0x26), .muted: Colour(red: 0x56, green: 0x60, blue: 0x6B),
                .accent: Colour(red: 0x0B, green: 0x5C, blue: 0xAD), .onAccent: Colour(red: 0xFF, green: 0xFF, blue: 0xFF),
                .danger: Colour(red: 0xB3, green: 0x1D, blue: 0x28),
            ])
        case .dark:
            Palette(colours: [
                .background: Colour(red: 0x13, green: 0x17, blue: 0x1B), .surface: Colour(red: 0x1E, green: 0x24, blue: 0x2A),
                .text: Colour(red: 0xE8, green: 0xEC, blue: 0xF0), .muted: Colour(red: 0xA3, green: 0xAE, blue: 0xB9),
                .accent: Colour(red: 0x7C, green: 0xB8, blue: 0xF4), .onAccent: Colour(red: 0x0C, green: 0x1A, blue: 0x28),
                .danger: Colour(red: 0xFF, green: 0x9B, blue: 0x9B),
            ])
        }
    }

    private init(colours: [Token: Colour]) { self.colours = colours }

    /// Reads an object of tokens; those that are left out are the standard's.
    init(_ value: JSONValue, _ scheme: Scheme, at pointer: String) throws(Problem) {
        self = .standard(scheme)
        var members = try JSONObjectReader(value, at: pointer)
        for token in Token.allCases {
            guard let text = try members.optionalString(token.rawValue) else { continue }
            guard let colour = Colour(text) else {
                throw Problem(
                    .invalidInput, "\(pointer)/\(token.rawValue): not a colour: \(text.prefix(20).debugDescription)",
                    hint: "# and six hexadecimal digits, as #0b5cad")
            }
            self[token] = colour
        }
        try members.finish()
    }

    var json: JSONValue {
        .object(Dictionary(uniqueKeysWithValues: Token.allCases.map { ($0.rawValue, .string(self[$0].description)) }))
    }
}
