import HostTesting
import Model
import Testing

@testable import Tenancy

struct DomainNameTests {
    @Test(arguments: [
        ("Docs.Acme.Example", "docs.acme.example"), ("acme.example.", "acme.example"), ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"), ("xn--fsqu00a.xn--0zwm56d", "xn--fsqu00a.xn--0zwm56d"),
    ])
    func `a name has one form`(text: String, form: String) throws { #expect(try DomainName(text).description == form) }

    @Test(arguments: [
        "", "example", "127.0.0.1", "[::1]", "a..example", "-a.example", "a_b.example", "bücher.example", "*.example.com", "a b.example",
        "a.example:443", "a.example/x", "0x7f.1", "xn--.example", "xn--a.example", "ab--cd.example", "xn--\u{430}.example",
        // раураl in Cyrillic letters, and with one Cyrillic letter among Latin ones.
        "xn--80ak6aa92e.com", "xn--pple-43d.com",
        "1.2.3.4.5.6.7.8.9.10.example",
    ])
    func `what is no domain, or looks like another, is refused`(text: String) {
        let problem = #expect(throws: Problem.self) { try DomainName(text) }
        #expect(problem?.code == .invalidInput, "\(text)")
    }

    /// RFC 3492 section 7.1, the samples that end with letters of one script.
    @Test(arguments: [
        ("ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"), ("4dbcagdahymbxekheh6e0a7fei0b", "למההםפשוטלאמדבריםעברית"),
        ("b1abfaaepdrnnbgefbadotcwatmq2g4l", "почемужеонинеговорятпорусски"),
    ])
    func `punycode decodes as its specification says`(text: String, expected: String) {
        #expect(Punycode.decode(text[...]) == Array(expected.unicodeScalars))
    }

    @Test func `whatever punycode says, decoding ends`() {
        var generator = SeededGenerator(seed: 3492)
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789-")
        for _ in 0..<5000 {
            let text = String((0..<Int.random(in: 0...63, using: &generator)).map { _ in letters.randomElement(using: &generator) ?? "a" })
            _ = Punycode.decode(text[...])
        }
    }

    @Test func `public suffixes are told, with wildcards, exceptions and other scripts`() throws {
        let suffixes = PublicSuffixes("// a comment\ncom\nco.uk\n*.ck\n!www.ck\ngithub.io\n公司.cn\n")
        for name in ["co.uk", "github.io", "anything.ck", "xn--55qx5d.cn"] { #expect(suffixes.contains(try DomainName(name)), "\(name)") }
        for name in ["example.com", "a.co.uk", "www.ck", "a.b.ck", "a.github.io"] { #expect(!suffixes.contains(try DomainName(name)), "\(name)") }
    }

    @Test func `the list of this machine can be read`() async throws {
        let suffixes = try await PublicSuffixes.load()
        #expect(suffixes.contains(try DomainName("co.uk")))
        let problem = await #expect(throws: Problem.self) { try await PublicSuffixes.load("/nowhere") }
        #expect(problem?.code == .unsupported)
    }
}
