/// Versions that something works with: comparisons that must all hold, `>=1.2.0 <2.0.0`.
///
/// Each is a version behind `>=`, `>`, `<=`, `<`, `=` or nothing, `^1.2.0` (below the next version that may break:
/// `2.0.0`, or `0.3.0` for `^0.2.1`), or `~1.2.0` (below `1.3.0`); `*` alone is any release.
///
/// A pre-release is in a range only where a comparison names a pre-release of the same three numbers, so that
/// `<2.0.0` does not admit `2.0.0-beta.1`.
package struct VersionRange: Hashable, Sendable, CustomStringConvertible {
    private enum Relation: String, CaseIterable {
        case atLeast = ">="
        case above = ">"
        case atMost = "<="
        case below = "<"
        case exactly = "="
    }

    private struct Comparison: Hashable {
        let relation: Relation
        let version: Version

        func holds(for other: Version) -> Bool {
            switch relation {
            case .atLeast: other >= version
            case .above: other > version
            case .atMost: other <= version
            case .below: other < version
            case .exactly: other == version
            }
        }
    }

    package let description: String
    private let comparisons: [Comparison]

    /// The range that a person wrote, or `invalidInput` that quotes the part which is none.
    package init(_ text: String) throws(Problem) {
        let parts = text.split(separator: " ")
        guard !parts.isEmpty, parts.count <= 16 else { throw Self.refusal(text) }
        var comparisons: [Comparison] = []
        if parts != ["*"] {
            for part in parts { comparisons += try Self.comparisons(part) }
        }
        self.comparisons = comparisons
        self.description = parts.joined(separator: " ")
    }

    package func contains(_ version: Version) -> Bool {
        guard comparisons.allSatisfy({ $0.holds(for: version) }) else { return false }
        guard version.isPrerelease else { return true }
        return comparisons.contains { comparison in
            let named = comparison.version
            return named.isPrerelease
                && (named.major, named.minor, named.patch) == (version.major, version.minor, version.patch)
        }
    }

    private static func comparisons(_ part: Substring) throws(Problem) -> [Comparison] {
        if part.hasPrefix("^") || part.hasPrefix("~") {
            let version = try Self.version(part.dropFirst(), of: part)
            let next: Version
            if part.hasPrefix("~") || (version.major == 0 && version.minor > 0) {
                next = Version(version.major, version.minor &+ 1, 0)
            } else if version.major == 0 {
                next = Version(0, 0, version.patch &+ 1)
            } else {
                next = Version(version.major &+ 1, 0, 0)
            }
            return [Comparison(relation: .atLeast, version: version), Comparison(relation: .below, version: next)]
        }
        let relation = Relation.allCases.first { part.hasPrefix($0.rawValue) }
        let rest = part.dropFirst(relation?.rawValue.count ?? 0)
        return [Comparison(relation: relation ?? .exactly, version: try version(rest, of: part))]
    }

    private static func version(_ text: Substring, of part: Substring) throws(Problem) -> Version {
        guard let version = Version(parsing: String(text)) else { throw refusal(String(part)) }
        return version
    }

    private static func refusal(_ text: String) -> Problem {
        Problem(
            .invalidInput, "not a version range: \(text.prefix(80).debugDescription)",
            hint: "for example >=1.2.0 <2.0.0, ^1.4.0 or *")
    }
}
