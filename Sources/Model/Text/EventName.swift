/// The name of an event: words of lower-case letters, digits and hyphens, with dots between them, of at most 128 bytes.
package enum EventName {
    package static func isOne(_ text: String) -> Bool {
        let words = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return text.utf8.count <= 128 && words.allSatisfy { word in !word.isEmpty && word.allSatisfy(isLetterOfWord) }
    }

    private static func isLetterOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
