/// Reads the value of a declaration token by token; gives it back written anew, or says why not.
struct StyleValue {
    private let name: String
    private let property: StyleRules.Property
    private var rest: ArraySlice<CSSLexeme>

    private init(_ name: String, _ property: StyleRules.Property, _ tokens: ArraySlice<CSSLexeme>) {
        self.name = name
        self.property = property
        rest = tokens
    }

    /// Throws a reason.
    static func read(_ tokens: ArraySlice<CSSLexeme>, of name: String) throws(StyleDrop.Reason) -> String {
        guard let property = StyleRules.properties[name] else { throw .property }
        guard !tokens.contains(where: \.isEscaped) else { throw .escape }
        guard tokens.count <= 64 else { throw .value("more than 64 parts") }
        var value = StyleValue(name, property, tokens)
        let text = try value.list(in: nil, depth: 0)
        guard !text.isEmpty else { throw .value("nothing") }
        return text
    }

    /// Up to the end, or to the parenthesis that closes `function`.
    private mutating func list(in function: String?, depth: Int) throws(StyleDrop.Reason) -> String {
        guard depth <= 3 else { throw .value("functions more than three deep") }
        var text = ""
        while let lexeme = rest.popFirst() {
            let part: String
            switch lexeme.token {
            case .whitespace: continue
            case .closeParenthesis:
                guard function != nil else { throw .value(")") }
                return text
            case .comma:
                text += ","
                continue
            case .delim("/"): part = "/"
            case .ident(let word): part = try self.word(word.lowercased(), in: function)
            case .hash(let digits): part = try colour(digits, in: function)
            case .numeric(let digits, let unit): part = try number(digits, unit.lowercased(), in: function)
            case .function(let name): part = try call(name.lowercased(), in: function, depth: depth)
            case .url: throw .address
            case .string, .badString: throw .value("a string")
            case .delim("!"): throw .important
            case .delim(let scalar): throw .value(String(Character(scalar)))
            default: throw .value("brackets")
            }
            // A blank between any two: without one, two that a comment kept apart would read as a third.
            text += (text.isEmpty ? "" : " ") + part
        }
        guard function == nil else { throw .unclosed }
        return text
    }

    private func word(_ word: String, in function: String?) throws(StyleDrop.Reason) -> String {
        switch function {
        case nil:
            if ["inherit", "initial", "unset"].contains(word) || property.words.contains(word) { return word }
            if property.takesColours, StyleRules.colours.contains(word) { return word }
        case "var":
            let isFont = word.hasPrefix("--font-")
            guard StyleRules.variables.contains(word), isFont ? property.takesFonts : !property.takesFonts else { break }
            return word
        case let name? where StyleRules.gradients.contains(name):
            let places: Set<String> = ["to", "at", "top", "right", "bottom", "left", "center", "circle", "ellipse"]
            if places.contains(word) || StyleRules.colours.contains(word) { return word }
        case let name? where StyleRules.colourFunctions.contains(name):
            if word == "none" { return word }
        default: break
        }
        throw .value(word)
    }

    private func colour(_ digits: String, in function: String?) throws(StyleDrop.Reason) -> String {
        let isPlace = function == nil ? property.takesColours : function.map(StyleRules.gradients.contains) ?? false
        guard isPlace, [3, 4, 6, 8].contains(digits.utf8.count), digits.unicodeScalars.allSatisfy(\.properties.isASCIIHexDigit) else {
            throw .value("#" + digits)
        }
        return "#" + digits.lowercased()
    }

    private func number(_ digits: String, _ unit: String, in function: String?) throws(StyleDrop.Reason) -> String {
        guard let number = Double(digits), number.isFinite, !digits.contains(where: { $0 == "e" || $0 == "E" }), digits.utf8.count <= 12
        else { throw .value(digits + unit) }
        let text = digits + unit
        if let function, function != "min", function != "max", function != "clamp" {
            let isUnit = unit.isEmpty || unit == "%" || StyleRules.angles.contains(unit)
            guard isUnit, abs(number) <= 1000, function != "var" else { throw .value(text) }
            return text
        }
        // What goes backwards covers what stands before it.
        guard number >= 0 else { throw .bound(text) }
        switch unit {
        case "":
            guard number == 0 && property.longest != nil || property.takesNumbers && number <= (property.longest == nil ? 1000 : 3) else { throw .value(text) }
        case "%":
            guard property.takesPercentages else { throw .value(text) }
            guard number <= 300 else { throw .bound(text) }
        default:
            guard let longest = property.longest, let pixels = StyleRules.lengths[unit] else { throw .value(text) }
            guard number * pixels <= longest else { throw .bound(text) }
        }
        return text
    }

    private mutating func call(_ name: String, in function: String?, depth: Int) throws(StyleDrop.Reason) -> String {
        let isColour = StyleRules.colourFunctions.contains(name)
        let isInGradient = function.map(StyleRules.gradients.contains) ?? false
        let isAdmitted: Bool
        switch name {
        case "var": isAdmitted = function == nil && (property.takesColours || property.takesFonts) || isInGradient
        case _ where isColour: isAdmitted = function == nil && property.takesColours || isInGradient
        case _ where StyleRules.gradients.contains(name): isAdmitted = function == nil && property.takesGradients
        case _ where StyleRules.comparisons.contains(name): isAdmitted = property.longest != nil && (function == nil || function.map(StyleRules.comparisons.contains) == true)
        default: isAdmitted = false
        }
        guard isAdmitted else { throw name == "url" ? .address : .function(name) }
        let inner = try list(in: name, depth: depth + 1)
        // The fallback of a variable would be a second value.
        guard name != "var" || !inner.contains(",") else { throw .function("var with a fallback") }
        return "\(name)(\(inner))"
    }
}
