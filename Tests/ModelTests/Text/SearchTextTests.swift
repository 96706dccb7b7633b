import Model
import Testing

@Suite struct SearchTextTests {
    @Test(arguments: [
        ("bar", "Barcode", true), ("CODE", "barcode", true), ("", "", true), ("", "a", true), ("a", "", false), ("barcodes", "barcode", false),
        ("aab", "aaab", true), ("ÄRZ", "märz", true), ("ab", "a\nb", false), ("b", "aab", true),
    ]) func `a text is found regardless of case`(_ text: String, _ other: String, _ isFound: Bool) {
        #expect(SearchText(text).isIn(SearchText.fold(other)) == isFound)
    }

    @Test func `every place of a text is found`() {
        let text = SearchText.fold("abcABab")
        #expect(SearchText("ab").place(in: text, from: 0) == 0)
        #expect(SearchText("ab").place(in: text, from: 1) == 3)
        #expect(SearchText("ab").place(in: text, from: 4) == 5)
        #expect(SearchText("ab").place(in: text, from: 6) == nil)
    }

    @Test func `what is found is what comparing at every place finds`() {
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...24)).map { _ in UInt8.random(in: 97...99) }
            let needle = (0..<Int.random(in: 1...4)).map { _ in UInt8.random(in: 97...99) }
            let start = Int.random(in: 0...24)
            let found = SearchText(String(decoding: needle, as: UTF8.self)).place(in: text, from: start)
            let places = text.indices.filter { $0 >= start && text[$0...].starts(with: needle) }
            #expect(found == places.first, "\(needle) in \(text) from \(start)")
        }
    }
}
