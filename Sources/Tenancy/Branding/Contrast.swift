package import Model

/// How well one colour of a palette can be read on another.
package struct Contrast: Sendable, Hashable {
    /// For text of any size: WCAG 2.2, success criterion 1.4.3.
    package static let least = 4.5

    package let scheme: Palette.Scheme
    package let foreground: Palette.Token
    package let background: Palette.Token
    /// Of the colours as they are, not rounded.
    package let ratio: Double
    /// The nearest foreground that passes; nil where the pair does.
    package let suggestion: Colour?

    package var passes: Bool { ratio >= Self.least }

    init(_ scheme: Palette.Scheme, _ palette: Palette, _ foreground: Palette.Token, on background: Palette.Token) {
        self.scheme = scheme
        self.foreground = foreground
        self.background = background
        let (text, ground) = (palette[foreground], palette[background])
        ratio = text.contrast(with: ground)
        suggestion = ratio >= Self.least ? nil : text.nearest(having: Self.least, with: ground)
    }

    package var json: JSONValue {
        [
            "scheme": .string(scheme.rawValue), "foreground": .string(foreground.rawValue),
            // Cut, not rounded: 4.499 must not read as 4.5.
            "background": .string(background.rawValue), "ratio": .number((ratio * 100).rounded(.down) / 100),
            "passes": .bool(passes), "suggestion": JSONValue(suggestion?.description),
        ]
    }
}

extension Branding {
    /// Every pair that the pages use, in both schemes.
    package var contrasts: [Contrast] {
        Palette.Scheme.allCases.flatMap { scheme in
            Palette.pairs.map { Contrast(scheme, palettes[scheme] ?? .standard(scheme), $0.foreground, on: $0.background) }
        }
    }
}
