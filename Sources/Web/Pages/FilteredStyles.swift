import Synchronization
import Tenancy

/// Styles of tenants as they are served, filtered once and not at every request. Good for as long as the program runs: a
/// newer one filters anew.
final class FilteredStyles: Sendable {
    private static let limit = 64
    private let known = Mutex<[String: String]>([:])

    func css(of branding: Branding) -> String {
        if let css = known.withLock({ $0[branding.css] }) { return css }
        let css = StyleFilter(branding.css).css
        known.withLock { known in
            if known.count >= Self.limit { known = [:] }
            known[branding.css] = css
        }
        return css
    }
}
