import Testing

@testable import Model

/// Strings are scanned eight bytes at a time and keys are compared by hash: both must notice what a byte-wise look would.
struct JSONScannerStringTests {
    private func scan(_ bytes: [UInt8]) -> Result<Range<Int>, JSONFault> {
        bytes.withUnsafeBytes { raw in
            do throws(JSONFault) {
                var scanner = JSONScanner(raw)
                return .success(try scanner.wholeValue())
            } catch {
                return .failure(error)
            }
        }
    }

    /// What a string of the letter `a` must give that has `byte` in one place.
    private func expected(_ byte: UInt8, at place: Int, length: Int) -> Result<Range<Int>, JSONFault> {
        switch byte {
        // The string ends here; what follows is one byte too many.
        case UInt8(ascii: "\""): .failure(JSONFault(.trailingBytes, at: place + 2))
        case UInt8(ascii: "\\"): .failure(JSONFault(.invalidEscape, at: place + 1))
        case 0..<0x20: .failure(JSONFault(.controlCharacter, at: place + 1))
        case 0x20..<0x80: .success(0..<(length + 2))
        default: .failure(JSONFault(.invalidUTF8, at: place + 1))
        }
    }

    @Test func `every byte counts at every place of a string`() {
        for place in 0..<24 {
            for length in (place + 2)..<(place + 20) {
                for byte in UInt8.min...UInt8.max {
                    var text = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    text[place] = byte
                    let found = scan([0x22] + text + [0x22])
                    if found != expected(byte, at: place, length: length) {
                        Issue.record("byte \(byte) at \(place) of \(length): \(found)")
                    }
                }
            }
        }
    }

    private func object(_ keys: [String]) -> [UInt8] {
        Array(("{" + keys.map { "\"\($0)\":1" }.joined(separator: ",") + "}").utf8)
    }

    // The order of hashes is another one for every object, so many objects put the twins in every place of it.
    @Test(arguments: [2, 3, 8, 9, 10, 50, 300]) func `a key that stands twice is found wherever the two stand`(count: Int) {
        for attempt in 0..<(1000 / count) {
            let keys = (0..<count).map { "key \(attempt) \($0) " + String(repeating: "x", count: $0 % 20) }
            #expect(throws: Never.self) { try scan(object(keys)).get() }
            let later = 1 + attempt % (count - 1)
            let earlier = attempt % later
            var twins = keys
            twins[later] = keys[earlier]
            #expect(throws: JSONFault.self) { try scan(object(twins)).get() }
            // The same key, its first letter escaped.
            twins[later] = "\\u006b" + keys[earlier].dropFirst()
            #expect(throws: JSONFault.self) { try scan(object(twins)).get() }
        }
    }

    @Test func `keys of one object are no twins of another's`() {
        let text = #"{"a":{"a":{"a":1},"b":[{"a":1},{"a":1}]},"b":{"a":1,"b":{"b":1}}}"#
        #expect(throws: Never.self) { try scan(Array(text.utf8)).get() }
    }
}
