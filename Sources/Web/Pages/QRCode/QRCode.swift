/// A text as a QR code (ISO/IEC 18004): bytes, with the error correction M, which mends up to 15 % of it.
///
/// Nil for a text that is longer than a code of the version 20 holds, 666 bytes: a code that is denser is hard to read from a
/// screen.
struct QRCode: Sendable, Hashable {
    /// Modules along one side, without the quiet zone.
    let size: Int
    /// Row by row; true where it is dark.
    let modules: [Bool]

    /// What must stay light round it.
    static let quietZone = 4

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let version = QRVersion.all.first(where: { $0.holds(bytes.count) }) else { return nil }
        var drawing = QRDrawing(version)
        drawing.place(version.codewords(of: bytes))
        let masked = (0..<8).map { drawing.masked(by: $0) }
        // The one that scanners find easiest.
        guard let best = masked.min(by: { $0.penalty < $1.penalty }) else { return nil }
        (size, modules) = (version.size, best.modules)
    }

    /// As SVG draws it: a rectangle of one module's height for each run of dark ones.
    var path: String {
        var path = ""
        for y in 0..<size {
            var x = 0
            while x < size {
                guard modules[y * size + x] else {
                    x += 1
                    continue
                }
                let start = x
                while x < size, modules[y * size + x] { x += 1 }
                path += "M\(start + Self.quietZone) \(y + Self.quietZone)h\(x - start)v1h-\(x - start)z"
            }
        }
        return path
    }

    /// For a page: black on white in every scheme, as scanners want it.
    func html(label: String) -> HTML {
        let side = size + 2 * Self.quietZone
        return """
            <svg class="code" role="img" aria-label="\(label)" viewBox="0 0 \(side) \(side)" shape-rendering="crispEdges">
            <path fill="#fff" d="M0 0h\(side)v\(side)h-\(side)z"/><path fill="#000" d="\(path)"/>
            </svg>
            """
    }
}
