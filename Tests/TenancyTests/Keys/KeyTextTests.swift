import Testing

@testable import Tenancy

struct KeyTextTests {
    @Test func `a key has the form that scanners know, and reads back`() throws {
        for environment in KeyText.Environment.allCases {
            let key = KeyText.random(for: environment)
            #expect(key.text.hasPrefix("cloister_\(environment.rawValue)_"))
            #expect(key.text.split(separator: "_").last?.count == 36)
            #expect(KeyText(key.text) == key)
            #expect(key.digest.count == 64)
            #expect(key.text.hasPrefix(key.start))
            #expect(!key.description.contains(key.text))
        }
    }

    @Test func `every wrong letter is seen without asking anything`() {
        let key = KeyText.random(for: .live).text
        for index in key.indices {
            var wrong = key
            wrong.replaceSubrange(index...index, with: key[index] == "x" ? "y" : "x")
            #expect(KeyText(wrong) == nil, "\(wrong)")
        }
    }

    @Test(arguments: ["", "cloister", "cloister_live_", "cloister_live_0", "other_live_" + String(repeating: "0", count: 36)])
    func `what is no key is none`(text: String) { #expect(KeyText(text) == nil) }

    /// The check value of CRC-32/ISO-HDLC.
    @Test func `the checksum is the one of zlib`() { #expect(KeyText.crc32("123456789".utf8) == 0xCBF4_3926) }
}
