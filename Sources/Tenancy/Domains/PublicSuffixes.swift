import FoundationEssentials
package import Model
import Store

/// Names under which others register theirs (publicsuffix.org): nobody's own.
package struct PublicSuffixes: Sendable {
    /// Where Debian's package `publicsuffix` puts the list.
    package static let standardFile = "/usr/share/publicsuffix/public_suffix_list.dat"

    private enum Rule { case suffix, below, exception }
    private var rules: [String: Rule] = [:]

    /// The list as published: a rule a line, `//` before a comment.
    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let word = line.split(whereSeparator: \.isWhitespace).first, !word.hasPrefix("//") else { continue }
            let name = word.lowercased()
            if name.hasPrefix("*.") {
                rules["*" + name.dropFirst(2)] = .below
            } else if name.hasPrefix("!") {
                rules[String(name.dropFirst())] = .exception
            } else {
                rules[name] = .suffix
            }
        }
    }

    /// Reads the list of this machine. Without one nothing can be told, so `unsupported`.
    package static func load(_ path: String = standardFile) async throws(Problem) -> PublicSuffixes {
        let bytes = try await Blocking.run { () throws(Problem) in try? Data(contentsOf: URL(filePath: path)) }
        guard let bytes, let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(
                .unsupported, "cannot tell which domains are public suffixes: \(path) cannot be read",
                hint: "install the package publicsuffix")
        }
        return PublicSuffixes(text)
    }

    /// Whether the name itself is one.
    package func contains(_ name: DomainName) -> Bool {
        // The list has its names in their own script.
        let labels = name.labels.map { label -> String in
            guard label.hasPrefix("xn--"), let scalars = Punycode.decode(label.dropFirst(4)) else { return String(label) }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            return String(text)
        }
        switch rules[labels.joined(separator: ".")] {
        case .suffix: return true
        case .exception: return false
        default: return rules["*" + labels.dropFirst().joined(separator: ".")] == .below
        }
    }
}
