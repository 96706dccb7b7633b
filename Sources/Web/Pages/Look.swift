package import Tenancy

/// How the pages of one host look: its tenant's branding, or the house's own.
package struct Look: Sendable, Hashable {
    package var branding: Branding

    package init(_ branding: Branding = Branding()) { self.branding = branding }

    /// The tokens as custom properties, light and dark.
    var theme: String {
        func properties(_ scheme: Palette.Scheme) -> String {
            let palette = branding.palettes[scheme] ?? .standard(scheme)
            return Palette.Token.allCases.map { "--color-\($0.rawValue): \(palette[$0]);" }.joined(separator: " ")
        }
        return """
            :root { color-scheme: light dark; \(properties(.light))
              --font-body: \(branding.bodyFont.stack);
              --font-heading: \(branding.headingFont.stack); }
            @media (prefers-color-scheme: dark) { :root { \(properties(.dark)) } }

            """
    }
}
