package import Tenancy

/// How the pages of one host look: its tenant's branding, or the house's own.
package struct Look: Sendable, Hashable {
    package var branding: Branding
    package var logo: Logo?

    package init(_ branding: Branding = Branding(), logo: Logo? = nil) {
        self.branding = branding
        self.logo = logo
    }

    /// Named after what is in it, so that it can be kept for ever.
    var logoFile: String? { logo.map { "logo-\($0.digest.prefix(16)).png" } }

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
