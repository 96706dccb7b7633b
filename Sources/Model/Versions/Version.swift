/// A version by Semantic Versioning 2.0.0 (semver.org): `1.4.2`, `2.0.0-beta.1+build.7`.
///
/// The order is the precedence of that specification; versions that differ only in their build text are ordered by it,
/// so that the order is total and agrees with equality.
package struct Version: Hashable, Sendable {
    package enum Label: Hashable, Sendable {
        case number(UInt64)
        case word(String)
    }

    package let major: UInt64
    package let minor: UInt64
    package let patch: UInt64
    /// The identifiers after the hyphen; empty for a release.
    package let prerelease: [Label]
    /// The text after the plus sign; empty without one.
    package let build: String

    package init(_ major: UInt64, _ minor: UInt64, _ patch: UInt64, prerelease: [Label] = [], build: String = "") {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
        self.build = build
    }

    package var isPrerelease: Bool { !prerelease.isEmpty }

    /// The version that a person wrote, or `invalidInput`. At most 128 characters.
    package init(_ text: String) throws(Problem) {
        guard let version = Version(parsing: text) else {
            throw Problem(
                .invalidInput, "not a version: \(text.prefix(80).debugDescription)",
                hint: "three numbers, for example 1.4.2 or 2.0.0-beta.1")
        }
        self = version
    }

    package init?(parsing text: String) {
        guard text.utf8.count <= 128 else { return nil }
        let plus = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let hyphen = plus[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let core = hyphen[0].split(separator: ".", omittingEmptySubsequences: false)
        guard core.count == 3, let major = Self.number(core[0]), let minor = Self.number(core[1]),
            let patch = Self.number(core[2])
        else { return nil }

        var prerelease: [Label] = []
        if hyphen.count == 2 {
            for part in hyphen[1].split(separator: ".", omittingEmptySubsequences: false) {
                guard Self.isIdentifier(part) else { return nil }
                if part.utf8.allSatisfy(Self.isDigit) {
                    guard let number = Self.number(part) else { return nil }
                    prerelease.append(.number(number))
                } else {
                    prerelease.append(.word(String(part)))
                }
            }
        }
        if plus.count == 2 {
            guard plus[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isIdentifier) else {
                return nil
            }
        }
        self.init(major, minor, patch, prerelease: prerelease, build: plus.count == 2 ? String(plus[1]) : "")
    }

    /// Digits without a leading zero.
    private static func number(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy(isDigit), text == "0" || text.utf8.first != UInt8(ascii: "0") else {
            return nil
        }
        return UInt64(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isIdentifier(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
    }
}

extension Version: Comparable {
    package static func < (left: Version, right: Version) -> Bool {
        let leftCore = (left.major, left.minor, left.patch)
        let rightCore = (right.major, right.minor, right.patch)
        if leftCore != rightCore { return leftCore < rightCore }
        if left.prerelease != right.prerelease {
            // A release comes after all of its pre-releases.
            if left.prerelease.isEmpty || right.prerelease.isEmpty { return right.prerelease.isEmpty }
            return left.prerelease.lexicographicallyPrecedes(right.prerelease)
        }
        return left.build < right.build
    }
}

extension Version.Label: Comparable {
    /// Numbers by value and before words, words by their ASCII codes (section 11.4).
    package static func < (left: Version.Label, right: Version.Label) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right
        case (.number, .word): true
        case (.word, .number): false
        case (.word(let left), .word(let right)): left < right
        }
    }
}

extension Version: CustomStringConvertible {
    package var description: String {
        var text = "\(major).\(minor).\(patch)"
        if isPrerelease {
            let labels = prerelease.map { label in
                switch label {
                case .number(let number): String(number)
                case .word(let word): word
                }
            }
            text += "-" + labels.joined(separator: ".")
        }
        return build.isEmpty ? text : text + "+" + build
    }
}
