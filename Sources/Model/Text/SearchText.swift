/// A text that is looked for in others, regardless of case.
package struct SearchText: Sendable, Hashable {
    private let needle: [UInt8]

    package init(_ text: String) { needle = Self.fold(text) }

    /// What is looked in, to be made once for each text.
    package static func fold(_ text: String) -> [UInt8] { Array(text.lowercased().utf8) }

    /// Whether the text is a part of one that `fold` gave. An empty text is a part of every one.
    package func isIn(_ folded: [UInt8]) -> Bool { place(in: folded, from: 0) != nil }

    /// Where the text stands next, at `start` or behind it, in what `fold` gave; such texts may stand there one after the other.
    package func place(in folded: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first else { return start <= folded.count ? start : nil }
        return folded.withUnsafeBufferPointer { text in
            needle.withUnsafeBufferPointer { needle in
                var place = start
                while place + needle.count <= text.count {
                    if text[place] == first {
                        var length = 1
                        while length < needle.count, text[place + length] == needle[length] { length += 1 }
                        if length == needle.count { return place }
                    }
                    place += 1
                }
                return nil
            }
        }
    }
}
