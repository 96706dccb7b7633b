/// Finds where a jq program ends that stands between braces, and what it refers to, without understanding more of the
/// language than its strings, comments and brackets.
///
/// It looks at Unicode scalars, as jq does: a character of Swift can be a line break with its carriage return, or a brace
/// with an accent.
enum ExpressionScanner {
    /// The closing brace that ends the program at the beginning of `text`; nil where there is none.
    static func end(of text: Substring) -> Substring.Index? {
        // What each open bracket waits for; a quote stands for a string, and a parenthesis in it for `\( … )`.
        var open: [Unicode.Scalar] = []
        let text = text.unicodeScalars
        var index = text.startIndex
        while index < text.endIndex {
            let scalar = text[index]
            let next = text.index(after: index)
            if open.last == "\"" {
                switch scalar {
                case "\"": open.removeLast()
                case "\\":
                    guard next < text.endIndex else { return nil }
                    if text[next] == "(" { open.append(")") }
                    index = text.index(after: next)
                    continue
                default: break
                }
            } else {
                switch scalar {
                case "\"": open.append("\"")
                case "{": open.append("}")
                case "[": open.append("]")
                case "(": open.append(")")
                case "}" where open.isEmpty: return index
                case "}", "]", ")":
                    guard open.last == scalar else { return nil }
                    open.removeLast()
                case "#":
                    index = text[index...].firstIndex(of: "\n") ?? text.endIndex
                    continue
                default: break
                }
            }
            index = next
        }
        return nil
    }

    /// The nodes whose outputs a program may read through `$nodes`, and whether it may read any: where it uses the variable
    /// in another way than `$nodes.name` or `$nodes["name"]`, it may read all of them.
    static func references(in program: String) -> (nodes: Set<String>, all: Bool) {
        var nodes: Set<String> = []
        var all = false
        let isPlain = eachVariable(in: program) { word, rest in
            guard word == "nodes" else { return }
            if let name = name(at: &rest) { nodes.insert(name) } else { all = true }
        }
        return (nodes, all || !isPlain)
    }

    /// The variables that a program may read, more than it does where a text looks like one; nil for any.
    static func variables(in program: String) -> Set<String>? {
        var variables: Set<String> = []
        return eachVariable(in: program) { word, _ in variables.insert(word) } ? variables : nil
    }

    /// False where it cannot be said: behind a dollar stands what is a comment, or, in a string, is none.
    private static func eachVariable(
        in program: String, _ body: (_ name: String, _ rest: inout Substring.UnicodeScalarView) -> Void
    ) -> Bool {
        var rest = Substring(program).unicodeScalars
        while let dollar = rest.firstIndex(of: "$") {
            rest = rest[rest.index(after: dollar)...]
            // Between a dollar and the name of its variable jq takes white space and comments.
            rest = rest.drop { $0 == " " || (0x09...0x0D).contains($0.value) }
            guard rest.first != "#" else { return false }
            body(word(&rest), &rest)
        }
        return true
    }

    private static func word(_ rest: inout Substring.UnicodeScalarView) -> String {
        let word = rest.prefix { $0 == "_" || isLetterOrDigit($0) }
        rest = rest[word.endIndex...]
        return String(word)
    }

    private static func name(at rest: inout Substring.UnicodeScalarView) -> String? {
        let isBracketed = rest.starts(with: "[\"".unicodeScalars)
        guard isBracketed || rest.starts(with: ".\"".unicodeScalars) else {
            guard rest.first == "." else { return nil }
            rest.removeFirst()
            // jq reads a hyphen as minus here: a name that has one needs quotes.
            let name = word(&rest)
            return name.isEmpty ? nil : name
        }
        let name = rest.dropFirst(2).prefix { $0 == "-" || isLetterOrDigit($0) }
        let end = rest[name.endIndex...]
        let closing = isBracketed ? "\"]" : "\""
        guard end.starts(with: closing.unicodeScalars) else { return nil }
        rest = end.dropFirst(closing.unicodeScalars.count)
        return String(name)
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }
}
