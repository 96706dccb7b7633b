/// A set of characters: `a`, `.`, `\d`, `[a-z_]`, `[^\s]`, `\p{Lu}`.
struct PatternClass: Sendable {
    enum Member: Sendable {
        case range(ClosedRange<UInt32>)
        case digit
        case word
        case space
        case category(String)
        indirect case not(Member)
    }

    var members: [Member]
    var negated = false

    static func only(_ scalar: UnicodeScalar) -> PatternClass {
        PatternClass(members: [.range(scalar.value...scalar.value)])
    }

    /// Everything except a line terminator of ECMA-262.
    static let dot = PatternClass(
        members: [.range(0x0A...0x0A), .range(0x0D...0x0D), .range(0x2028...0x2029)], negated: true)

    func contains(_ scalar: UnicodeScalar) -> Bool {
        members.contains { Self.contains($0, scalar) } != negated
    }

    private static func contains(_ member: Member, _ scalar: UnicodeScalar) -> Bool {
        switch member {
        case .range(let range): range.contains(scalar.value)
        case .digit: (0x30...0x39).contains(scalar.value)
        case .word: isWord(scalar)
        case .space:
            switch scalar.value {
            case 0x09...0x0D, 0x20, 0xA0, 0xFEFF, 0x2028, 0x2029: true
            default: scalar.properties.generalCategory == .spaceSeparator
            }
        case .category(let name):
            name.count == 1 ? name.first == Self.name(of: scalar).first : name == Self.name(of: scalar)
        case .not(let member): !contains(member, scalar)
        }
    }

    static func isWord(_ scalar: UnicodeScalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }

    /// The names of general categories that `\p{…}` knows, short and long.
    static let categories: [String: String] = {
        let long = [
            "L": "Letter", "Lu": "Uppercase_Letter", "Ll": "Lowercase_Letter", "Lt": "Titlecase_Letter",
            "Lm": "Modifier_Letter", "Lo": "Other_Letter", "M": "Mark", "N": "Number", "Nd": "Decimal_Number",
            "Nl": "Letter_Number", "No": "Other_Number", "P": "Punctuation", "S": "Symbol", "Sc": "Currency_Symbol",
            "Sm": "Math_Symbol", "Z": "Separator", "Zs": "Space_Separator", "C": "Other", "Cc": "Control",
        ]
        var names: [String: String] = [:]
        for (short, name) in long {
            names[short] = short
            names[name] = short
        }
        return names
    }()

    private static func name(of scalar: UnicodeScalar) -> String {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark, .spacingMark, .enclosingMark: "M"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            "P"
        case .currencySymbol: "Sc"
        case .mathSymbol: "Sm"
        case .modifierSymbol, .otherSymbol: "S"
        case .spaceSeparator: "Zs"
        case .lineSeparator, .paragraphSeparator: "Z"
        case .control: "Cc"
        default: "C"
        }
    }
}
