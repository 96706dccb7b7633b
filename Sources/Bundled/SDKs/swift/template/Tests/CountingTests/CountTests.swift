import Counting
import Testing

struct CountTests {
    private func count(_ minimum: Int, _ parts: String...) -> [Int] {
        var count = Count(minimum: minimum)
        for part in parts { count.add(Array(part.utf8)[...]) }
        count.end()
        return [count.lines, count.words]
    }

    @Test func `a word that comes in two parts is one word`() { #expect(count(1, "one thr", "ee\nfour") == [2, 3]) }
    @Test func `short words are left out`() { #expect(count(4, "one three  eleven\n") == [1, 2]) }
    @Test func `a letter of several bytes is one letter`() { #expect(count(4, "über ére\n") == [1, 1]) }
    @Test func `an empty text has no line`() { #expect(count(1) == [0, 0]) }
}
