import Model
import Testing

@Suite struct TextIndexTests {
    private static func folded(_ texts: [String]) -> [[UInt8]] { texts.map(SearchText.fold) }

    @Test(arguments: [
        ("code", 0, 10, [0, 2]), ("CODE", 1, 10, [2]), ("code", 0, 1, [0]), ("märz", 0, 10, [1]), ("", 1, 2, [1, 2]), ("c", 0, 10, [0, 2]),
        ("rz", 0, 10, [1]), ("barcode", 0, 10, [0]), ("barcodes", 0, 10, []), ("decode", 0, 10, [2]), ("ebar", 0, 10, []), ("x", 3, 10, []),
    ]) func `texts are found by their parts`(_ text: String, _ first: Int, _ limit: Int, _ found: [Int]) {
        let index = TextIndex(Self.folded(["Barcode", "im März", "a decoder", ""]))
        #expect(index.find(SearchText(text), from: first, limit: limit) == found)
    }

    @Test func `in nothing nothing is found`() {
        let index = TextIndex([])
        #expect(index.count == 0)
        #expect(index.find(SearchText("abc"), from: 0, limit: 3).isEmpty)
        #expect(index.find(SearchText("a"), from: 0, limit: 3).isEmpty)
        #expect(index.find(SearchText(""), from: 0, limit: 3).isEmpty)
    }

    @Test func `what is found is what looking into each text finds`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<400 {
            let texts = (0..<Int.random(in: 1...60)).map { _ in
                String((0..<Int.random(in: 0...20)).map { _ in "abcd".randomElement(using: &generator)! })
            }
            let index = TextIndex(Self.folded(texts))
            let text = String((0..<Int.random(in: 0...6)).map { _ in "abcd".randomElement(using: &generator)! })
            let (first, limit) = (Int.random(in: 0...texts.count), Int.random(in: 0...20))
            let expected = texts.indices.filter { $0 >= first && (text.isEmpty || texts[$0].contains(text)) }.prefix(limit)
            #expect(index.find(SearchText(text), from: first, limit: limit) == Array(expected), "\(text) in \(texts) from \(first)")
        }
    }
}
