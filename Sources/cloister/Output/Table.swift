/// Rows of text in aligned columns, for people.
///
/// Cells are made safe to show. Where the terminal is narrower than the table, the widest flexible columns give way and
/// are cut with `…`, so that a row never wraps; output into a pipe or a file is never cut.
struct Table {
    enum Alignment { case left, right }

    struct Column {
        let title: String
        var alignment = Alignment.left
        /// Whether the column may be cut.
        var isFlexible = false

        static func left(_ title: String) -> Column { Column(title: title) }
        static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
        static func flexible(_ title: String) -> Column { Column(title: title, isFlexible: true) }
    }

    static let gap = 2
    static let narrowest = 8

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    mutating func append(_ cells: [String]) {
        precondition(cells.count == columns.count)
        rows.append(cells.map { PlainText.escaping($0) })
    }

    /// The lines with a heading, each ended by a newline, without spaces at their ends.
    func text(width: Int?) -> String {
        let all = [columns.map(\.title)] + rows
        let widths = fitted(columns.indices.map { column in all.map { $0[column].displayWidth }.max() ?? 0 }, width)
        var text = ""
        for row in all {
            var line = ""
            for (column, cell) in row.enumerated() {
                let cell = cell.cut(to: widths[column])
                let padding = String(repeating: " ", count: widths[column] - cell.displayWidth)
                line += columns[column].alignment == .left ? cell + padding : padding + cell
                if column < columns.count - 1 { line += String(repeating: " ", count: Self.gap) }
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
        return text
    }

    private func fitted(_ natural: [Int], _ width: Int?) -> [Int] {
        guard let width else { return natural }
        var widths = natural
        var excess = widths.reduce(0, +) + Self.gap * (columns.count - 1) - width
        while excess > 0 {
            let candidates = columns.indices.filter { columns[$0].isFlexible && widths[$0] > Self.narrowest }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}

extension String {
    /// Columns that the text takes on a terminal: two for the wide letters of East Asia and for emoji, none for marks
    /// that combine with the letter before.
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text, cut with `…` where it takes more columns.
    func cut(to width: Int) -> String {
        guard displayWidth > width else { return self }
        var result = ""
        var used = 1
        for character in self {
            guard used + character.displayWidth <= width else { break }
            result.append(character)
            used += character.displayWidth
        }
        return result + "…"
    }
}

extension Character {
    /// After Unicode's East Asian Width (UAX 11): the blocks whose letters are wide, and what shows as emoji.
    fileprivate var displayWidth: Int {
        guard let first = unicodeScalars.first else { return 0 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: break
        }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return unicodeScalars.contains("\u{FE0F}") ? 2 : 1
        }
    }
}
