extension Sequence<String> {
    /// The word that someone who wrote `text` most likely meant: at most a third of its letters away; nil when none is.
    /// For hints such as `did you mean exif-metadata?`.
    package func nearest(to text: String) -> String? {
        let typed = Array(text.lowercased().unicodeScalars.prefix(64))
        guard !typed.isEmpty else { return nil }
        var best: (word: String, distance: Int)?
        for word in self {
            let candidate = Array(word.lowercased().unicodeScalars.prefix(64))
            let distance =
                candidate.count > typed.count && typed.count >= 3 && candidate.starts(with: typed)
                ? 1 : editDistance(typed, candidate)
            guard distance <= Swift.max(1, Swift.max(typed.count, candidate.count) / 3) else { continue }
            if distance < best?.distance ?? .max { best = (word, distance) }
        }
        return best?.word
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
private func editDistance(_ left: [UnicodeScalar], _ right: [UnicodeScalar]) -> Int {
    var rows = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
    for row in 0...left.count { rows[row][0] = row }
    for column in 0...right.count { rows[0][column] = column }
    guard !left.isEmpty, !right.isEmpty else { return Swift.max(left.count, right.count) }
    for row in 1...left.count {
        for column in 1...right.count {
            let substitution = rows[row - 1][column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
            rows[row][column] = Swift.min(substitution, rows[row - 1][column] + 1, rows[row][column - 1] + 1)
            if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                rows[row][column] = Swift.min(rows[row][column], rows[row - 2][column - 2] + 1)
            }
        }
    }
    return rows[left.count][right.count]
}
