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

    @Test(arguments: 0..<40) func `every byte counts at every place of a string`(place: Int) {
        for length in place..<(place + 20) {
            for byte in UInt8.min...UInt8.max {
                var text = [UInt8](repeating: UInt8(ascii: "a"), count: length + 1)
                text[place] = byte
                let found = scan([0x22] + text + [0x22])
                switch byte {
                case UInt8(ascii: "\""):
                    // The string ends here; what follows is one byte too many.
                    #expect(found == .failure(JSONFault(.trailingBytes, at: place + 2)))
                case UInt8(ascii: "\\"):
                    guard length > place else { continue }
                    #expect(found == .failure(JSONFault(.invalidEscape, at: place + 1)))
                case 0..<0x20: #expect(found == .failure(JSONFault(.controlCharacter, at: place + 1)))
                case 0x20..<0x80: #expect(found == .success(0..<(length + 3)))
                default: #expect(found == .failure(JSONFault(.invalidUTF8, at: place + 1)))
                }
            }
        }
    }

    @Test(arguments: [2, 3, 8, 9, 10, 50, 300]) func `a key that stands twice is found wherever the two stand`(count: Int) {
        let keys = (0..<count).map { "key \($0) " + String(repeating: "x", count: $0 % 20) }
        func object(_ keys: [String]) -> [UInt8] { Array(("{" + keys.map { "\"\($0)\":1" }.joined(separator: ",") + "}").utf8) }
        #expect(throws: Never.self) { try scan(object(keys)).get() }
        for earlier in [0, count / 2, count - 2] where earlier >= 0 {
            for later in Set([earlier + 1, count - 1]) where later > earlier {
                var twins = keys
                twins[later] = keys[earlier]
                #expect(throws: JSONFault.self) { try scan(object(twins)).get() }
                // The same key, its first letter escaped.
                twins[later] = "\\u006b" + keys[earlier].dropFirst()
                #expect(throws: JSONFault.self) { try scan(object(twins)).get() }
            }
        }
    }

    @Test func `keys of one object are no twins of another's`() {
        let text = #"{"a":{"a":{"a":1},"b":[{"a":1},{"a":1}]},"b":{"a":1,"b":{"b":1}}}"#
        #expect(throws: Never.self) { try scan(Array(text.utf8)).get() }
    }
}
