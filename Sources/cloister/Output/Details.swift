/// Names and values below each other, the values aligned.
struct Details {
    private var lines: [(name: String, value: String)] = []

    /// A value of several lines continues below itself. An empty name continues the one before.
    mutating func add(_ name: String, _ value: String) {
        let parts = value.split(separator: "\n", omittingEmptySubsequences: false).map { PlainText.escaping(String($0)) }
        for (index, part) in parts.enumerated() { lines.append((index == 0 ? name : "", part)) }
    }

    var text: String {
        let width = lines.map(\.name.displayWidth).max() ?? 0
        return lines.map { line in
            let padding = String(repeating: " ", count: width - line.name.displayWidth + Table.gap)
            return line.value.isEmpty ? line.name + "\n" : line.name + padding + line.value + "\n"
        }.joined()
    }
}
