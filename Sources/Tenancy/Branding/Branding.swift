package import Model

/// How the pages of a tenant look and what they call the product. Everything else about a page is the same for all.
package struct Branding: Sendable, Hashable {
    package static let standardName = "Cloister"

    package var productName = standardName
    /// Where people find help: a mail address; nil for none.
    package var supportAddress: String?
    package var palettes = Dictionary(uniqueKeysWithValues: Palette.Scheme.allCases.map { ($0, Palette.standard($0)) })
    package var bodyFont = FontFamily.sans
    package var headingFont = FontFamily.sans
    /// The tenant's own style as it was written. What of it reaches a page is what `StyleFilter` lets through.
    package var css = ""

    package static let cssLimit = ByteSize.kibibytes(64)

    package init() {}

    /// Reads a whole configuration strictly: what is left out is the standard's. Throws `invalidInput` with the JSON
    /// pointer of the place.
    package init(_ value: JSONValue) throws(Problem) {
        var members = try JSONObjectReader(value)
        if let name = try members.optionalString("productName") { productName = try Self.checkedName(name) }
        if let address = try members.optionalString("supportAddress") { supportAddress = try Self.checkedAddress(address) }
        if let value = members.take("colors") {
            var schemes = try JSONObjectReader(value, at: "/colors")
            for scheme in Palette.Scheme.allCases {
                guard let value = schemes.take(scheme.rawValue) else { continue }
                palettes[scheme] = try Palette(value, scheme, at: "/colors/\(scheme.rawValue)")
            }
            try schemes.finish()
        }
        if let value = members.take("fonts") {
            var fonts = try JSONObjectReader(value, at: "/fonts")
            bodyFont = try Self.font("body", &fonts)
            headingFont = try Self.font("heading", &fonts)
            try fonts.finish()
        }
        if let text = try members.optionalString("css") {
            guard text.utf8.count <= Int(Self.cssLimit.bytes) else {
                throw Problem(.invalidInput, "/css: larger than \(Self.cssLimit)")
            }
            css = text
        }
        try members.finish()
    }

    /// What can be edited, complete; `init` reads it back.
    package var json: JSONValue {
        [
            "productName": .string(productName), "supportAddress": JSONValue(supportAddress),
            "colors": .object(
                Dictionary(uniqueKeysWithValues: palettes.map { ($0.key.rawValue, $0.value.json) })),
            "fonts": ["body": .string(bodyFont.rawValue), "heading": .string(headingFont.rawValue)], "css": .string(css),
        ]
    }

    private static func font(_ name: String, _ members: inout JSONObjectReader) throws(Problem) -> FontFamily {
        guard let text = try members.optionalString(name) else { return .sans }
        guard let font = FontFamily(rawValue: text) else {
            let names = FontFamily.allCases.map(\.rawValue)
            throw Problem(
                .invalidInput, "/fonts/\(name): unknown family: \(text.prefix(40).debugDescription)",
                hint: names.nearest(to: text).map { "did you mean \($0)?" } ?? names.joined(separator: ", "))
        }
        return font
    }

    private static func checkedName(_ text: String) throws(Problem) -> String {
        // Marks that turn the direction of what follows would change what a page's title says.
        let isLine = text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
            default: true
            }
        }
        guard isLine, (1...60).contains(text.unicodeScalars.count), !text.allSatisfy(\.isWhitespace) else {
            throw Problem(.invalidInput, "/productName: not a name for a product", hint: "one line of 1 to 60 characters")
        }
        return text
    }

    private static func checkedAddress(_ text: String) throws(Problem) -> String {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isLocal = { (part: Substring) in
            (1...64).contains(part.utf8.count)
                && part.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || "._+-".utf8.contains($0) }
        }
        guard parts.count == 2, isLocal(parts[0]), case .name(let host)? = try? Host(name: parts[1]), host.contains(".") else {
            throw Problem(.invalidInput, "/supportAddress: not a mail address", hint: "as help@example.com")
        }
        return "\(parts[0])@\(host)"
    }
}
