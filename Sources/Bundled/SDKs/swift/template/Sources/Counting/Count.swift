/// Lines and words of a text in UTF-8 that comes in parts.
public struct Count: Sendable {
    public private(set) var lines = 0
    public private(set) var words = 0
    /// Shorter words are not counted.
    private let minimum: Int
    /// Characters of the word that has begun.
    private var length = 0
    private var isInLine = false

    public init(minimum: Int) { self.minimum = minimum }

    public mutating func add(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            isInLine = byte != UInt8(ascii: "\n")
            switch byte {
            case UInt8(ascii: " "), 0x09...0x0D: endWord()
            case 0x80...0xBF: break  // what follows in a character counts no further
            default: length += 1
            }
            if byte == UInt8(ascii: "\n") { lines += 1 }
        }
    }

    /// Once, behind the last part.
    public mutating func end() {
        endWord()
        if isInLine { lines += 1 }
    }

    private mutating func endWord() {
        if length > 0, length >= minimum { words += 1 }
        length = 0
    }
}
