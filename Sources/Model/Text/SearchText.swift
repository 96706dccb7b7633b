/// A text that is looked for in others, regardless of case.
package struct SearchText: Sendable, Hashable {
    let needle: [UInt8]
    /// How far the needle may move on where a byte stands at its end: to that byte's next place in it (Horspool, "Practical
    /// fast searching in strings", 1980). One for each byte.
    private let steps: [Int]

    package init(_ text: String) {
        needle = Self.fold(text)
        var steps = [Int](repeating: needle.count, count: 256)
        for (place, byte) in needle.dropLast().enumerated() { steps[Int(byte)] = needle.count - 1 - place }
        self.steps = steps
    }

    /// What is looked in, to be made once for each text.
    package static func fold(_ text: String) -> [UInt8] { Array(text.lowercased().utf8) }

    /// Whether the text is a part of one that `fold` gave. An empty text is a part of every one.
    package func isIn(_ folded: [UInt8]) -> Bool { isIn(folded, 0..<folded.count) }

    /// Whether it is in that part of them.
    func isIn(_ folded: [UInt8], _ range: Range<Int>) -> Bool { place(in: folded, from: range.lowerBound, to: range.upperBound) != nil }

    /// Where the text stands next, at `start` or behind it and before `end`, in what `fold` gave; such texts may stand there one
    /// after the other.
    package func place(in folded: [UInt8], from start: Int, to end: Int? = nil) -> Int? {
        let limit = end ?? folded.count
        guard !needle.isEmpty else { return start <= limit ? start : nil }
        return folded.withUnsafeBufferPointer { text in
            needle.withUnsafeBufferPointer { needle in
                steps.withUnsafeBufferPointer { steps in
                    let last = needle.count - 1
                    var end = start + last
                    while end < limit {
                        var length = 0
                        while length <= last, text[end - length] == needle[last - length] { length += 1 }
                        if length > last { return end - last }
                        end += steps[Int(text[end])]
                    }
                    return nil
                }
            }
        }
    }
}
