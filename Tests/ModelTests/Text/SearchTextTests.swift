import Model
import Testing

@Suite struct SearchTextTests {
    @Test(arguments: [
        ("bar", "Barcode", true), ("CODE", "barcode", true), ("", "", true), ("", "a", true), ("a", "", false), ("barcodes", "barcode", false),
        ("aab", "aaab", true), ("ÄRZ", "märz", true), ("ab", "a\nb", false), ("b", "aab", true),
    ]) func `a text is found regardless of case`(_ text: String, _ other: String, _ isFound: Bool) {
        #expect(SearchText(text).isIn(SearchText.fold(other)) == isFound)
    }
}
