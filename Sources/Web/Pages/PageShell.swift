import HTTPTypes
import Tenancy

/// A page as a person sees it: what every page has round what is its own.
///
/// Complete without any script. No style and no script stands within it: `contentPolicy` would not run them.
struct PageShell: Sendable {
    /// Whose style a page may have.
    enum Kind: Sendable {
        /// An ordinary page: with the tenant's own style.
        case ordinary
        /// One on which something is asked or shown that nobody may dress up: logging in, consent, payment, keys,
        /// administration. It has the tenant's colours and fonts, and never its style.
        case guarded
    }

    /// What the page is about, before the name of the product in its title.
    let title: String
    var kind = Kind.guarded
    /// Whether it shows what only the person of this session may see: it is not shown again once the session has ended.
    var isOfSession = false
    /// Inside `<main>`, beginning with an `<h1>`.
    let content: HTML

    static let contentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    func html(_ look: Look) -> HTML {
        let branding = look.branding
        let hasStyle = kind == .ordinary && !branding.css.isEmpty
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title) · \(branding.productName)</title>
            <link rel="stylesheet" href="\(Assets.shell.path)">
            <link rel="stylesheet" href="/brand/theme.css">
            \(hasStyle ? Self.style : nil)
            \(icon(look))
            \(isOfSession ? Self.script : nil)
            </head>
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            <header class="site-header"><a class="product" href="/">\(logo(look))\(branding.productName)</a></header>
            <main id="main" tabindex="-1"\(hasStyle ? Self.scope : nil)>
            \(content)
            </main>
            <footer class="site-footer">\(support(branding))</footer>
            </body>
            </html>

            """
    }

    /// With the headers that every page has.
    func answer(_ look: Look, _ status: HTTPResponse.Status = .ok) -> Answer {
        var answer = Answer(status: status, content: .text(html(look).text, type: "text/html; charset=utf-8"))
        answer.headers[.contentSecurityPolicy] = Self.contentPolicy
        // Not `no-referrer`, under which browsers send forms with the origin `null`.
        answer.headers[.referrerPolicy] = "same-origin"
        answer.headers[.openerPolicy] = "same-origin"
        answer.headers[.resourcePolicy] = "same-origin"
        answer.headers[.permissionsPolicy] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return answer
    }

    private static let style: HTML = #"<link rel="stylesheet" href="/brand/custom.css">"#
    private static let script: HTML = #"<script src="\#(Assets.session.path)"></script>"#
    private static let scope: HTML = #" class="branded""#

    /// Without words of its own: the name stands beside it.
    private func logo(_ look: Look) -> HTML? {
        guard let logo = look.logo, let file = look.logoFile else { return nil }
        return #"<img class="logo" src="/brand/\#(file)" alt="" width="\#(logo.width)" height="\#(logo.height)">"#
    }

    /// Of a tenant without a logo none, and not the house's: else browsers ask for `/favicon.ico`.
    private func icon(_ look: Look) -> HTML {
        guard let file = look.logoFile else { return #"<link rel="icon" href="data:,">"# }
        return #"<link rel="icon" type="image/png" href="/brand/\#(file)">"#
    }

    private func support(_ branding: Branding) -> HTML {
        guard let address = branding.supportAddress else { return "<p>\(branding.productName)</p>" }
        // Read strictly when it was set: it holds nothing that ends an address.
        return #"<p>Help: <a href="mailto:\#(address)">\#(address)</a></p>"#
    }
}

extension HTTPField.Name {
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
    static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
}
