import Model
import Testing

struct EventNameTests {
    @Test(arguments: [
        ("document.received", true), ("a", true), ("acme.invoice-read.2", true), (String(repeating: "a", count: 128), true),
        ("", false), (".", false), ("a.", false), (".a", false), ("a..b", false), ("A", false), ("a_b", false), ("a\n", false),
        ("e\u{301}", false), (String(repeating: "a", count: 129), false),
    ])
    func `words with dots between them are the name of an event`(text: String, isName: Bool) {
        #expect(EventName.isOne(text) == isName)
    }

    @Test func `control characters are those of Unicode`() {
        for value in UInt32(0)...0x3000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(scalar.isControl == (scalar.properties.generalCategory == .control), "\(value)")
        }
    }
}
