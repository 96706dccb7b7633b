import Model

/// Something that happened and that a tenant's people want to know.
package struct Notice: Sendable, Hashable {
    static let subjectLimit = 128
    static let textLimit = 600

    package let kind: NoticeKind
    /// What it is about: the identifier of a plugin, a key or a person, or the name of a quota.
    package let subject: String
    /// A sentence for people. No secret and no content of a document.
    package let text: String

    /// Control characters are left out, and what is longer than a notice is cut.
    package init(_ kind: NoticeKind, about subject: String, _ text: String) {
        self.kind = kind
        self.subject = Self.line(subject, Self.subjectLimit)
        self.text = Self.line(text, Self.textLimit)
    }

    private static func line(_ text: String, _ limit: Int) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) {
            scalars.append(scalar.isControl ? " " : scalar)
        }
        return String(scalars)
    }
}
