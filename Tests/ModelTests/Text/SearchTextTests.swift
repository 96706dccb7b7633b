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
}
