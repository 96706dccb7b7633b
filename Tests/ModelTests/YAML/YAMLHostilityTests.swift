import Foundation
import HostTesting
import Testing

@testable import Model

struct YAMLHostilityTests {
    private func problem(_ text: String) -> String {
        do throws(Problem) {
            _ = try YAMLNode.load(text: text, named: "f")
            return "accepted"
        } catch {
            return error.description
        }
    }

    static let refused: [(String, String)] = [
        (
            "a: &x 1\nb: *x",
            "f:1:4: anchors and aliases are not supported (write the value out, or put text that starts with & in quotes)"
        ),
        (
            "a: *x",
            "f:1:4: anchors and aliases are not supported (write the value out, or put text that starts with * in quotes)"
        ),
        ("[a, *x]", "f:1:5: anchors and aliases"),
        ("- &x\n  b: 1", "f:1:3: anchors and aliases"),
        ("\"a\":\n  *x", "f:2:3: anchors and aliases"),
        ("{\"a\":*x}", "f:1:6: anchors and aliases"),
        ("*x : 1", "f:1:1: anchors and aliases"),
        ("!!str &x a", "f:1:7: anchors and aliases"),
        ("? a\n: b", "f:1:1: explicit keys are not supported"),
        ("{?[a]: b}", "f:1:2: explicit keys"),
        ("{[a]: b}", "f:1:1: a key that is not a word"),
        ("a: 1\nb: 2\na: 3", "f:1:1: a: this key stands twice"),
        ("\"a\": 1\n'a': 2", "f:1:1: a: this key stands twice"),
        ("1: a\n\"1\": b", "f:1:1: 1: this key stands twice"),
        ("\u{E9}: 1\ne\u{301}: 2", "f:1:1: \u{E9}: this key stands twice"),
        ("x:\n  a: 1\n  a: 3", "f:2:3: a: this key stands twice"),
        ("a: 1\n---\nb: 2", "f:2:1: a second document (one file holds one document)"),
        ("a: 1\n...\n---\n", "f:3:1: a second document"),
        ("", "f: empty document"),
        ("# only a comment\n", "f: empty document"),
        (
            "a: !!python/object:os.system x",
            "f:1:4: a: tags are not supported: tag:yaml.org,2002:python/object:os.system"
        ),
        ("a: !!int \"5\"", "f:1:4: a: tags are not supported"),
        ("a: !x {}", "f:1:4: a: tags are not supported: !x"),
        (
            "a:\n\tb: 1",
            "f:2:1: not valid YAML: found character that cannot start any token while scanning for the next token that starts at line 2 (indent with spaces, not tabs)"
        ),
        ("a: [1, 2\nb: 3", "f:2:2: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence"),
        ("a: \"open", "f:1:9: not valid YAML: found unexpected end of stream"),
        ("a: \u{0}b", "f:1:4: not valid YAML: control characters are not allowed"),
        ("a: \"\\xZZ\"", "f:1:"),
        ("a: @b", "f:1:4: not valid YAML: found character that cannot start any token"),
    ]

    @Test(arguments: refused)
    func `what is not plain data is refused at its place`(text: String, expected: String) {
        #expect(problem(text).hasPrefix(expected), "\(problem(text))")
    }

    static let harmless: [(String, JSONValue)] = [
        ("a: Q&A *.jpg what?", ["a": "Q&A *.jpg what?"]),
        ("\"*\": '&'", ["*": "&"]),
        ("a&: 1\na@: 2", ["a&": 1, "a@": 2]),
        ("a: \"?\" # & *", ["a": "?"]),
        ("a: >\n  *bold* & ?\n", ["a": "*bold* & ?\n"]),
        ("\u{FEFF}a: 1", ["a": 1]),
        ("a: !!str 5", ["a": "5"]),
        ("--- \na: 1\n...\n", ["a": 1]),
        ("%YAML 1.2\n---\na: 1", ["a": 1]),
        ("a: 1\r\nb: 2\r\n", ["a": 1, "b": 2]),
        ("~: 1\n", ["~": 1]),
        (
            "- .5\n- 5.\n- +1\n- -0\n- .\n- 1e\n- e1\n- 0x\n- 0x-1\n- -0x1",
            [0.5, 5.0, 1, 0, ".", "1e", "e1", "0x", "0x-1", "-0x1"]
        ),
    ]

    @Test(arguments: harmless)
    func `signs inside text stay text`(text: String, expected: JSONValue) throws {
        #expect(try YAMLNode.load(text: text, named: "f").value == expected)
    }

    @Test(.timeLimit(.minutes(1))) func `a bomb of aliases is refused before it is expanded`() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(problem(text).hasPrefix("f:1:5: anchors and aliases"))
        #expect(problem(text + "*a60 : key\n").hasPrefix("f:1:5: anchors and aliases"))
    }

    static let large = [
        HostileDocument("flow", String(repeating: "[", count: 500_000)),
        HostileDocument("flow mappings", String(repeating: "{a: ", count: 200_000)),
        HostileDocument("wide in deep", String(repeating: "[", count: 900) + String(repeating: "a,", count: 100_000)),
        HostileDocument("block", String(repeating: "- ", count: 400_000) + "x"),
        HostileDocument("closed", String(repeating: "[", count: 70) + String(repeating: "]", count: 70)),
        HostileDocument("keys", (0..<90_000).map { "\(String($0, radix: 36)): \($0)\n" }.joined()),
        HostileDocument("same keys", String(repeating: "k: 1\n", count: 150_000)),
        HostileDocument("colons", String(repeating: ":", count: 1_000_000)),
        HostileDocument("dashes", String(repeating: "-", count: 1_000_000)),
        HostileDocument("quotes", "\"" + String(repeating: "\\u00e9", count: 170_000)),
        HostileDocument("lines", String(repeating: "\n", count: 1_000_000)),
        HostileDocument("commas", "[" + String(repeating: ",", count: 1_000_000)),
        HostileDocument("stars", String(repeating: "*a ", count: 300_000)),
        HostileDocument(
            "long path",
            String(repeating: "k", count: 1000) + ": {"
                + (0..<60).map { _ in String(repeating: "k", count: 900) + ": {" }.joined()
                + (0..<100_000).map { "a\($0): 1," }.joined()),
    ]

    @Test(.timeLimit(.minutes(1)), arguments: large)
    func `a large hostile document is answered in bounded time and on a small stack`(document: HostileDocument) async {
        let clock = ContinuousClock()
        let elapsed = await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: clock.measure { _ = problem(document.text) }) }
            thread.stackSize = 128 << 10
            thread.start()
        }
        #expect(elapsed < .seconds(20), "\(document) took \(elapsed)")
    }

    @Test func `a document over the limit is refused unread`() {
        #expect(problem(String(repeating: "#", count: 1 << 20 | 1)) == "f: larger than 1MiB")
    }

    @Test(.timeLimit(.minutes(2))) func `no mutation of a document crashes the reader`() {
        let seed = """
            id: exif-metadata
            command: [/usr/bin/python3, -I, "x\\u00e9.py"]
            instances: {maximum: 2, idle-stop: 5m}   # comment
            text: |
              a
               b
            folded: >-
              c
            tools:
              - name: 'it''s'
                input: {type: object, properties: {a: {enum: [1, ~, true]}}}
            """
        var random = SeededGenerator(seed: 42)
        let alphabet = Array("{}[]:,-?&*!|>'\"%@`#\\ \t\n\r~<=0x.\u{0}\u{85}é\u{FEFF}".unicodeScalars)
        for _ in 0..<4000 {
            var scalars = Array(seed.unicodeScalars)
            for _ in 0...Int.random(in: 0..<6, using: &random) {
                let at = Int.random(in: 0..<scalars.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: scalars[at] = alphabet.randomElement(using: &random)!
                case 1: scalars.insert(alphabet.randomElement(using: &random)!, at: at)
                default: scalars.remove(at: at)
                }
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            if let node = try? YAMLNode.load(text: String(view), named: "f") { _ = try? node.value }
        }
    }
}

/// A document whose name stands for it in the output of a test run.
struct HostileDocument: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String

    init(_ name: String, _ text: String) {
        testDescription = name
        self.text = text
    }
}
