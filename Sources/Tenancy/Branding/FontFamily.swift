/// The families that a tenant chooses from: what systems have, so that no page waits for a font or tells anybody of it.
package enum FontFamily: String, Sendable, CaseIterable {
    case sans, humanist, geometric, serif, slab, rounded, mono

    /// The value of `font-family`.
    package var stack: String {
        switch self {
        case .sans: #"system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif"#
        case .humanist: #"Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", sans-serif"#
        case .geometric: #"Avenir, Montserrat, Corbel, "URW Gothic", source-sans-pro, sans-serif"#
        case .serif: #"Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Noto Serif", serif"#
        case .slab: #"Rockwell, "Rockwell Nova", "Roboto Slab", "DejaVu Serif", "Sitka Small", serif"#
        case .rounded: #"ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, Comfortaa, Manjari, "Arial Rounded MT", Calibri, sans-serif"#
        case .mono: #"ui-monospace, "Cascadia Code", "Source Code Pro", Menlo, Consolas, "DejaVu Sans Mono", monospace"#
        }
    }
}
