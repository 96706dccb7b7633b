/// Many texts in which parts are looked for: which of them have a text in them, without reading the others.
///
/// Of each three bytes that follow one another it is known in which texts they stand; threes share a place in the index where
/// their numbers do, so what is found there is looked at.
package struct TextIndex: Sendable {
    /// The texts one after the other, each with a byte behind it that no text has.
    private var texts: [UInt8] = []
    /// Where the text of each begins, and where the last one ends.
    private var starts: [Int] = [0]
    /// Of a place in the index its numbers of texts, in their order, begin here and end where those of the next place begin.
    private var places: [Int]
    private var numbers: [UInt32]

    private static let end: UInt8 = 0xFF
    private static let width = 3
    /// More lists than these seldom leave out what the shortest ones let pass.
    private static let lists = 3

    /// `texts` as `SearchText.fold` gives them.
    package init(_ folded: some Sequence<[UInt8]>) {
        for text in folded {
            texts += text
            texts.append(Self.end)
            starts.append(texts.count)
        }
        var count = 64
        while count < 1 << 16, count < 2 * starts.count { count *= 2 }
        // Each text once for all its threes of one place: first how many there are, then which.
        var last = [UInt32](repeating: .max, count: count)
        var sizes = [Int](repeating: 0, count: count + 1)
        Self.visit(texts, starts, count) { place, number in
            guard last[place] != number else { return }
            last[place] = number
            sizes[place + 1] += 1
        }
        for place in 0..<count { sizes[place + 1] += sizes[place] }
        places = sizes
        numbers = [UInt32](repeating: 0, count: sizes[count])
        last = [UInt32](repeating: .max, count: count)
        var next = sizes
        var numbers = numbers
        Self.visit(texts, starts, count) { place, number in
            guard last[place] != number else { return }
            last[place] = number
            numbers[next[place]] = number
            next[place] += 1
        }
        self.numbers = numbers
    }

    package var count: Int { starts.count - 1 }

    /// The texts that have this one in them, by number, from `first` on, as many as `limit`.
    package func find(_ text: SearchText, from first: Int, limit: Int) -> [Int] {
        var found: [Int] = []
        guard let shortest = candidates(for: text) else {
            // Too short for the index, and so likely to be near.
            var number = first
            while number < count, found.count < limit {
                guard let place = text.place(in: texts, from: starts[number]) else { break }
                number = starts.partition { $0 > place } - 1
                guard number < count else { break }
                found.append(number)
                number += 1
            }
            return found
        }
        var cursors = shortest.map { numbers[$0].partition { $0 >= first } }
        let ends = shortest.map(\.upperBound)
        while found.count < limit, cursors[0] < ends[0] {
            let number = numbers[cursors[0]]
            cursors[0] += 1
            var isEverywhere = true
            for list in 1..<max(1, cursors.count) {
                cursors[list] = numbers[cursors[list]..<ends[list]].partition { $0 >= number }
                guard cursors[list] < ends[list] else { return found }
                if numbers[cursors[list]] != number {
                    isEverywhere = false
                    break
                }
            }
            let range = starts[Int(number)]..<starts[Int(number) + 1]
            if isEverywhere, text.isIn(texts, range) { found.append(Int(number)) }
        }
        return found
    }

    /// The shortest lists that whatever has the text in it is in; nil for a text that is too short to be in any.
    private func candidates(for text: SearchText) -> [Range<Int>]? {
        let needle = text.needle
        guard needle.count >= Self.width else { return nil }
        var ranges: Set<Range<Int>> = []
        for index in 0...(needle.count - Self.width) {
            let place = Self.place(of: needle[index], needle[index + 1], needle[index + 2], places.count - 1)
            ranges.insert(places[place]..<places[place + 1])
        }
        return Array(ranges.sorted { ($0.count, $0.lowerBound) < ($1.count, $1.lowerBound) }.prefix(Self.lists))
    }

    private static func visit(_ texts: [UInt8], _ starts: [Int], _ count: Int, _ body: (Int, UInt32) -> Void) {
        for number in 0..<(starts.count - 1) {
            var index = starts[number]
            while index + width < starts[number + 1] {
                body(place(of: texts[index], texts[index + 1], texts[index + 2], count), UInt32(number))
                index += 1
            }
        }
    }

    /// `count` is a power of two.
    private static func place(of first: UInt8, _ second: UInt8, _ third: UInt8, _ count: Int) -> Int {
        let three = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
        // Knuth's multiplicative hashing: the high bits depend on all of them.
        return Int((three &* 2_654_435_761) >> 8) & (count - 1)
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first place from which on all of them are so; they must be ordered by it.
    package func partition(_ isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
