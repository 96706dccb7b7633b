/// Names and values below each other, the values aligned. Where a terminal is narrower than a value, the value goes on
/// in the next line, below itself.
struct Details {
    private var lines: [(name: String, value: String)] = []

    /// A value of several lines continues below itself. An empty name continues the one before.
    mutating func add(_ name: String, _ value: String) {
        let parts = value.split(separator: "\n", omittingEmptySubsequences: false).map { PlainText.escaping(String($0)) }
        for (index, part) in parts.enumerated() { lines.append((index == 0 ? name : "", part)) }
    }

    func text(width: Int?) -> String {
        let indent = (lines.map(\.name.displayWidth).max() ?? 0) + Table.gap
        let room = width.map { max(20, $0 - indent) }
        var text = ""
        for (name, value) in lines {
            var lead = name + String(repeating: " ", count: indent - name.displayWidth)
            for part in value.wrapped(to: room) {
                text += part.isEmpty ? name + "\n" : lead + part + "\n"
                lead = String(repeating: " ", count: indent)
            }
        }
        return text
    }
}

extension String {
    /// The text in lines of at most `width` columns, broken at spaces; a longer word has a line of its own.
    func wrapped(to width: Int?) -> [String] {
        guard let width, displayWidth > width else { return [self] }
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.displayWidth + 1 + String(word).displayWidth > width {
                lines.append(line)
                line = String(word)
            } else {
                line += line.isEmpty ? String(word) : " " + word
            }
        }
        return lines + [line]
    }
}
