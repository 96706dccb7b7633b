package import Model

/// A name under which pages can be served: two labels or more, lower-case ASCII, in the one form that DNS, certificates and
/// `Host` headers have.
package struct DomainName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let description: String

    var labels: [Substring] { description.split(separator: ".") }

    /// Throws `invalidInput` for what is no host name, an address, a single label, or a label that could be read as another.
    package init(_ text: String) throws(Problem) {
        guard case .name(let name) = try Host(name: text) else {
            throw Problem(.invalidInput, "an address is no domain: \(text.prefix(80).debugDescription)")
        }
        description = name
        // With the label of the challenge before it, it must still be a name.
        guard (2...10).contains(labels.count), name.utf8.count <= 233 else {
            throw Problem(.invalidInput, "not a domain: \(text.prefix(80).debugDescription)", hint: "as docs.example.com")
        }
        for label in labels { try Self.check(label) }
    }

    private static func check(_ label: Substring) throws(Problem) {
        guard !label.contains("_") else { throw Problem(.invalidInput, "not a label of a host name: \(label)") }
        guard label.dropFirst(2).hasPrefix("--") else { return }
        guard label.hasPrefix("xn--"), let scalars = Punycode.decode(label.dropFirst(4)) else {
            throw Problem(.invalidInput, "not an internationalised label: \(label)")
        }
        guard let objection = Lookalikes.objection(to: scalars) else { return }
        throw Problem(.invalidInput, "the label \(label) \(objection)", hint: "people would take it for another name")
    }

    /// Where the owner puts the token of a claim.
    package var challenge: String { "_cloister-challenge." + description }

    func isBelow(_ other: DomainName) -> Bool { description.hasSuffix("." + other.description) }

    package static func < (left: DomainName, right: DomainName) -> Bool { left.description < right.description }
}
