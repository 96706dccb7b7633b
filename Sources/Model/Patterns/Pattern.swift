/// A regular expression whose matching time is linear in the text, whoever wrote it.
///
/// The syntax is that of ECMA-262 with the `u` flag, as JSON Schema asks, without what needs backtracking: no
/// back-references and no look-around. A pattern matches anywhere in a text unless `^` and `$` hold it. Matching runs all
/// alternatives side by side (Thompson's construction), so it costs at most the length of the text times `size`.
package struct Pattern: Sendable, Hashable, CustomStringConvertible {
    /// Longest text that is matched, in Unicode scalars.
    package static let maximumTextLength = 65_536
    static let maximumSize = 2_000
    static let maximumLength = 1_000

    /// The pattern as it was written.
    package let description: String
    let program: [PatternStep]

    /// Steps of the compiled pattern, the factor of its cost.
    package var size: Int { program.count }

    /// Compiles a pattern, or throws `invalidInput` that says at which character it fails and why.
    package init(_ text: String) throws(Problem) {
        do throws(PatternFault) {
            var parser = try PatternParser(text)
            let expression = try parser.parse()
            var compiler = PatternCompiler()
            program = try compiler.compile(expression)
        } catch {
            throw Problem(
                .invalidInput, "not a usable pattern: \(error.message) at character \(error.offset + 1)",
                hint: error.hint)
        }
        description = text
    }

    /// Whether the pattern matches somewhere in the text. False for a text beyond `maximumTextLength`.
    package func matches(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars.prefix(Self.maximumTextLength + 1))
        guard scalars.count <= Self.maximumTextLength else { return false }
        return PatternRun(program, scalars).matches()
    }

    package static func == (left: Pattern, right: Pattern) -> Bool { left.description == right.description }
    package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// Why a pattern cannot be compiled, and at which of its characters.
struct PatternFault: Error {
    let message: String
    let offset: Int
    let hint: String?

    init(_ message: String, at offset: Int, hint: String? = nil) {
        self.message = message
        self.offset = offset
        self.hint = hint
    }
}

/// What a pattern says, as a tree.
indirect enum PatternExpression {
    case empty
    case character(PatternClass)
    case assertion(PatternAssertion)
    case sequence([PatternExpression])
    case alternation([PatternExpression])
    case repetition(PatternExpression, minimum: Int, maximum: Int?)
}

enum PatternAssertion {
    case start
    case end
    case wordBoundary
    case noWordBoundary
}
