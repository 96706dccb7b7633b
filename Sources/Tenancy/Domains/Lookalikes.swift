/// Labels that look like others.
enum Lookalikes {
    private enum Script { case latin, greek, cyrillic, other }

    /// Cyrillic and Greek letters that look like Latin ones in most fonts (Unicode TR39, confusables).
    private static let twins = Set("аеорсухіјѕԁһԛԝьгпкмтвнӏυοναρικτ".unicodeScalars)

    /// What is wrong with a label, as it goes on behind its name; nil for nothing.
    static func objection(to label: [Unicode.Scalar]) -> String? {
        var scripts: Set<Script> = []
        for scalar in label where !scalar.isASCII || scalar.properties.isAlphabetic {
            switch scalar.properties.generalCategory {
            case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: break
            default: return "holds what is no letter"
            }
            scripts.insert(script(of: scalar))
        }
        if scripts.count > 1 { return "mixes scripts" }
        if scripts == [.cyrillic] || scripts == [.greek], label.allSatisfy({ twins.contains($0) || $0.isASCII }) {
            return "has only letters that look Latin and are not"
        }
        return nil
    }

    private static func script(of scalar: Unicode.Scalar) -> Script {
        switch scalar.value {
        case 0x41...0x24F, 0x1E00...0x1EFF: .latin
        case 0x370...0x3FF, 0x1F00...0x1FFF: .greek
        case 0x400...0x52F: .cyrillic
        default: .other
        }
    }
}
