import HostTesting
import Testing

@testable import Model

struct PatternTests {
    static let table: [(pattern: String, matching: [String], other: [String])] = [
        ("a", ["a", "bab"], ["", "b", "A"]),
        ("", ["", "x"], []),
        ("^$", [""], ["a", "\n"]),
        ("^a.c$", ["abc", "a😀c"], ["a\nc", "ac", "abbc"]),
        ("^(ab|cd)+$", ["ab", "abcd", "cdcd"], ["", "abc"]),
        ("^(?:ab)*$", ["", "abab"], ["aba"]),
        ("^a|b$", ["ax", "xb"], ["xa", "bx"]),
        ("^(|a)$", ["", "a"], ["aa"]),
        ("^a{2}$", ["aa"], ["a", "aaa"]),
        ("^a{2,}$", ["aa", "aaaaa"], ["a"]),
        ("^a{1,3}$", ["a", "aaa"], ["", "aaaa"]),
        ("^a{0}$", [""], ["a"]),
        ("^a+?b*?c??$", ["a", "aabbc"], ["b"]),
        ("^(a*)*$", ["", "aaaa"], ["b"]),
        ("^(a?){3}a{3}$", ["aaa", "aaaaaa"], ["aa", "aaaaaaa"]),
        ("^[a-c_]+$", ["abc_"], ["d", ""]),
        ("^[^a-c]$", ["d", "\n", "é"], ["a", "dd"]),
        ("^[^]$", ["a", "\n"], [""]),
        ("[]", [], ["", "a"]),
        ("^[-a]$", ["-", "a"], ["b"]),
        ("^[a-]$", ["-", "a"], ["b"]),
        ("^[\\w-]+$", ["a-b_9"], ["a b"]),
        ("^[.*+?]$", [".", "*"], ["a"]),
        ("^[\\]\\\\]$", ["]", "\\"], ["["]),
        ("^[\\b]$", ["\u{8}"], ["b"]),
        ("^\\d+$", ["0123"], ["1a", "٣"]),
        ("^\\D$", ["a", "٣"], ["1"]),
        ("^\\w+$", ["aZ_9"], ["é", "-"]),
        ("^\\W$", ["-", "é"], ["a"]),
        ("^\\s+$", [" \t\n\u{A0}\u{FEFF}\u{2028}\u{3000}"], ["", "a"]),
        ("^\\S$", ["a"], [" "]),
        ("^[^\\s\\d]$", ["a"], [" ", "1"]),
        ("^[\\D]$", ["a"], ["1"]),
        ("\\bcat\\b", ["cat", "a cat!"], ["cats", "concat"]),
        ("\\Bcat", ["concat"], ["cat", "a cat"]),
        ("^\\u00e9\\x41\\u{1F600}$", ["éA😀"], ["eA😀"]),
        ("^\\ud83d\\ude00$", ["😀"], []),
        ("^\\t\\n\\v\\f\\r\\0\\cA$", ["\t\n\u{B}\u{C}\r\u{0}\u{1}"], []),
        ("^\\/\\.\\-\\^\\$\\{\\}$", ["/.-^${}"], []),
        ("^\\p{L}+$", ["aéж漢"], ["1", "a1"]),
        ("^\\p{Lu}\\p{Ll}$", ["Éé"], ["éé"]),
        ("^\\P{L}$", ["1"], ["a"]),
        ("^[\\p{Nd}x]+$", ["٣x9"], ["y"]),
        ("^\\p{General_Category=Decimal_Number}$", ["٣"], ["a"]),
        ("^(?<year>\\d{4})$", ["2024"], ["24"]),
        ("a.b", ["a\u{301}b"], []),
        (
            "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", ["a", "exif-metadata"],
            ["-a", "a-", String(repeating: "a", count: 64)]
        ),
    ]

    @Test(arguments: table) func `a pattern matches what ECMA-262 says`(
        pattern: String, matching: [String], other: [String]
    ) throws {
        let compiled = try Pattern(pattern)
        for text in matching { #expect(compiled.matches(text), "\(text.debugDescription)") }
        for text in other { #expect(!compiled.matches(text), "\(text.debugDescription)") }
    }

    static let refused: [(pattern: String, message: String)] = [
        ("a)", "a closing bracket without an opening one at character 2"),
        ("(a", "a group that is not closed at character 1"),
        ("[a", "a character class that is not closed at character 1"),
        ("[", "a character class that is not closed at character 1"),
        ("[a\\", "a backslash at the end at character 3"),
        ("a\\", "a backslash at the end at character 2"),
        ("*a", "nothing to repeat at character 1"),
        ("a**", "nothing to repeat at character 3"),
        ("a{2}{3}", "nothing to repeat at character 5"),
        ("{a", "a lone { at character 1"),
        ("a{", "not a repetition at character 2"),
        ("a{,3}", "not a repetition at character 2"),
        ("a{3,2}", "not a repetition at character 2"),
        ("a{1001}", "more than 1000 repetitions at character 2"),
        ("]", "a lone ] at character 1"),
        ("[z-a]", "not a range of characters at character 3"),
        ("[\\w-z]", "not a range of characters at character 4"),
        ("(?=a)", "look-around is not supported at character 1"),
        ("(?!a)", "look-around is not supported at character 1"),
        ("(?<=a)b", "look-around is not supported at character 1"),
        ("(a)\\1", "back-references are not supported at character 4"),
        ("\\k<a>", "back-references are not supported at character 1"),
        ("\\q", "unknown escape \\q at character 1"),
        ("\\x4", "not 2 hexadecimal digits at character 1"),
        ("\\u12", "not 4 hexadecimal digits at character 1"),
        ("\\ud800", "not a character's number at character 1"),
        ("\\u{110000}", "not a character's number at character 1"),
        ("\\u{}", "not a character's number at character 1"),
        ("\\p{Nope}", "unknown character property Nope at character 1"),
        ("\\pL", "a character property without braces at character 1"),
        ("\\c1", "not a control character at character 1"),
        ("((a{1000}){1000}){1000}", "too large at character 1"),
        ("((((((){1000}){1000}){1000}){1000}){1000}){1000}", "too large at character 1"),
    ]

    @Test(arguments: refused) func `what cannot be matched in linear time or is no pattern is refused`(
        pattern: String, message: String
    ) {
        let error = #expect(throws: Problem.self) { try Pattern(pattern) }
        #expect(error?.message == "not a usable pattern: " + message)
    }

    @Test func `a deeply nested or overlong pattern is refused`() {
        #expect(throws: Problem.self) {
            try Pattern(String(repeating: "(", count: 400) + String(repeating: ")", count: 400))
        }
        #expect(throws: Problem.self) { try Pattern(String(repeating: "a", count: 1001)) }
    }

    @Test(
        .timeLimit(.minutes(1)), arguments: ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*x", "^(\\w+\\s?)*$", "(a*)*b"])
    func `patterns that ruin backtracking matchers are answered at once`(pattern: String) throws {
        let text = String(repeating: "a", count: 20_000) + "!"
        let compiled = try Pattern(pattern)
        var matches = true
        let elapsed = ContinuousClock().measure { matches = compiled.matches(text) }
        #expect(!matches)
        #expect(elapsed < .seconds(10))
    }

    @Test func `a text beyond the limit does not match`() throws {
        let pattern = try Pattern("a")
        #expect(pattern.matches(String(repeating: "a", count: Pattern.maximumTextLength)))
        #expect(!pattern.matches(String(repeating: "a", count: Pattern.maximumTextLength + 1)))
    }

    @Test func `no mutation of a pattern crashes the compiler`() {
        var random = SeededGenerator(seed: 7)
        let signs = Array("ab\\[]{}()^$.|?*+-0123,<>=!pPuxkdwsB😀\n:L".unicodeScalars)
        for _ in 0..<20_000 {
            var view = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<14, using: &random) { view.append(signs.randomElement(using: &random)!) }
            if let pattern = try? Pattern(String(view)) { _ = pattern.matches("ab0 \n😀L") }
        }
    }
}
