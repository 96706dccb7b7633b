/// What a format shows itself by: the first bytes of a document, and any others on demand. Every access is within bounds or
/// answers nil: the document may be truncated, or made to mislead.
package struct Content {
    let head: [UInt8]
    let size: Int
    /// Some bytes from anywhere, at most so many.
    let read: (_ offset: Int, _ count: Int) -> [UInt8]

    package init(head: [UInt8], size: Int, read: @escaping (_ offset: Int, _ count: Int) -> [UInt8]) {
        self.head = head
        self.size = size
        self.read = read
    }

    /// Whether the characters of `text`, each standing for the byte of its number, are at this offset.
    func has(_ text: String, at offset: Int = 0) -> Bool {
        var index = offset
        for scalar in text.unicodeScalars {
            guard index < head.count, UInt32(head[index]) == scalar.value else { return false }
            index += 1
        }
        return true
    }

    func text(_ range: Range<Int>) -> String? {
        range.upperBound <= head.count ? String(decoding: head[range], as: UTF8.self) : nil
    }

    func little16(_ offset: Int) -> Int? { head.little(offset, 2) }
    func little32(_ offset: Int) -> Int? { head.little(offset, 4) }
    func big32(_ offset: Int) -> Int? { head.big(offset, 4) }
}

extension [UInt8] {
    /// A number of so many bytes (at most 7), the lowest first.
    func little(_ offset: Int, _ width: Int) -> Int? {
        guard offset >= 0, offset <= count - width else { return nil }
        return (0..<width).reduce(0) { $0 | Int(self[offset + $1]) << (8 * $1) }
    }

    func big(_ offset: Int, _ width: Int) -> Int? {
        guard offset >= 0, offset <= count - width else { return nil }
        return (0..<width).reduce(0) { $0 << 8 | Int(self[offset + $1]) }
    }

    /// Where the bytes of an ASCII text first occur.
    func firstIndex(of text: StaticString, before end: Int = .max) -> Int? {
        let length = text.utf8CodeUnitCount
        var index = 0
        while index + length <= Swift.min(count, end) {
            if (0..<length).allSatisfy({ self[index + $0] == text.utf8Start[$0] }) { return index }
            index += 1
        }
        return nil
    }
}
