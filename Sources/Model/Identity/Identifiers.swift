/// A name that is safe as a path component, a control group and a host-name label at once:
/// lower-case ASCII letters, digits and inner hyphens, 1 to 63 characters, so that it needs escaping nowhere.
package protocol LabelIdentifier: RawRepresentable<String>, Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What the identifier names, for error messages.
    static var noun: String { get }
    init(unchecked rawValue: String)
}

extension LabelIdentifier {
    package init?(rawValue: String) {
        guard Self.isLabel(rawValue) else { return nil }
        self.init(unchecked: rawValue)
    }

    /// The identifier that a person or a file wrote, or `invalidInput` that says which characters are allowed.
    package init(_ text: String) throws(Problem) {
        guard Self.isLabel(text) else {
            let article = Self.noun.first.map("aeiou".contains) == true ? "an" : "a"
            throw Problem(
                .invalidInput, "not \(article) \(Self.noun): \(text.prefix(80).debugDescription)",
                hint: "1 to 63 lower-case letters, digits and inner hyphens, for example exif-metadata")
        }
        self.init(unchecked: text)
    }

    package var description: String { rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    private static func isLabel(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else {
            return false
        }
        return bytes.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }
}

/// An identifier that the daemon makes up.
package protocol RandomIdentifier: LabelIdentifier {
    /// What it begins with, so that a person sees what it names.
    static var prefix: String { get }
}

extension RandomIdentifier {
    package static func random() -> Self {
        Self(unchecked: "\(prefix)-" + String(UInt64.random(in: .min ... .max), radix: 16))
    }
}

/// A tenant of this daemon.
package struct TenantID: LabelIdentifier {
    package static let noun = "tenant identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// A document of a tenant.
package struct DocumentID: LabelIdentifier {
    package static let noun = "document identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }

    /// One that nobody can guess.
    package static func random() -> DocumentID {
        let digits = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }
        return DocumentID(unchecked: "doc-" + digits.joined())
    }
}

/// A document on its way in that may take more than one request.
package struct UploadID: RandomIdentifier {
    package static let noun = "upload identifier"
    package static let prefix = "up"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// An API key, not the text of it.
package struct KeyID: RandomIdentifier {
    package static let noun = "key identifier"
    package static let prefix = "key"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// What a tenant may use and pays for it.
package struct PlanID: LabelIdentifier {
    package static let noun = "plan identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}

/// A plugin, the same for every tenant and version.
package struct PluginID: LabelIdentifier {
    package static let noun = "plugin identifier"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
