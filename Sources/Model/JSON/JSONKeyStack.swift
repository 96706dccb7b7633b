/// The keys of the objects that a scanner is inside of, so that a key which stands twice is found when its object ends.
///
/// Costs n log n for an object of n keys, whatever they are: hashes are seeded per process, so that nobody can choose
/// keys that meet, and where they meet nevertheless the keys themselves are put in order.
package struct JSONKeyStack: Sendable {
    /// Twelve bytes, for a hostile text of a few megabytes can have a million keys.
    private struct Entry: Sendable {
        let hash: UInt32
        let start: UInt32
        /// The length, doubled, and one more where the key is escaped.
        let extent: UInt32

        var key: JSONString {
            JSONString(range: Int(start)..<(Int(start) + Int(extent >> 1)), escaped: extent & 1 == 1)
        }
    }

    /// Up to so many keys are compared each with each, which is quicker than sorting them.
    private static let smallFrame = 8

    private static let processSeed = UInt64.random(in: .min ... .max)

    private var entries: [Entry] = []
    private let seed = Self.processSeed

    package init() {}

    var count: Int { entries.count }

    mutating func removeAll() {
        // A hostile text may have filled it; ordinary ones keep their scratch space.
        entries.removeAll(keepingCapacity: entries.capacity <= 1024)
    }

    mutating func push(_ key: JSONString, in bytes: UnsafeRawBufferPointer) {
        entries.append(
            Entry(
                hash: hash(key, in: bytes), start: UInt32(key.range.lowerBound),
                extent: UInt32(key.range.count) << 1 | (key.escaped ? 1 : 0)))
    }

    /// Forgets the keys since `frame` and returns the offset of one that stands twice among them.
    mutating func popFrame(from frame: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
        let found = entries.withUnsafeMutableBufferPointer { entries in
            let keys = UnsafeMutableBufferPointer(rebasing: entries[frame...])
            return keys.count > Self.smallFrame ? Self.sortedDuplicate(keys, bytes) : Self.duplicate(keys, bytes)
        }
        entries.removeLast(entries.count - frame)
        return found
    }

    private static func duplicate(
        _ keys: UnsafeMutableBufferPointer<Entry>, _ bytes: UnsafeRawBufferPointer
    ) -> Int? {
        var later = 1
        while later < keys.count {
            var earlier = 0
            while earlier < later {
                if keys[earlier].hash == keys[later].hash, keys[earlier].key.isSame(as: keys[later].key, in: bytes) {
                    return Int(keys[later].start)
                }
                earlier += 1
            }
            later += 1
        }
        return nil
    }

    private static func sortedDuplicate(
        _ keys: UnsafeMutableBufferPointer<Entry>, _ bytes: UnsafeRawBufferPointer
    ) -> Int? {
        var keys = keys
        keys.sort { left, right in
            left.hash == right.hash ? left.key.precedes(right.key, in: bytes) : left.hash < right.hash
        }
        for index in 1..<keys.count
        where keys[index - 1].hash == keys[index].hash && keys[index - 1].key.isSame(as: keys[index].key, in: bytes) {
            return Int(max(keys[index - 1].start, keys[index].start))
        }
        return nil
    }

    /// Over the unescaped key, so that `a` and `\u0061` meet.
    private func hash(_ key: JSONString, in bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard key.escaped else { return hash(UnsafeRawBufferPointer(rebasing: bytes[key.range])) }
        var text = key.text(in: bytes)
        return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }

    /// Eight bytes at a time, each folded in by the two halves of a product (as wyhash does).
    private func hash(_ key: UnsafeRawBufferPointer) -> UInt32 {
        var hash = seed ^ UInt64(truncatingIfNeeded: key.count)
        var index = 0
        while index + 8 <= key.count {
            hash = Self.fold(hash ^ key.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < key.count {
            rest = rest << 8 | UInt64(key[index])
            index += 1
        }
        return UInt32(truncatingIfNeeded: Self.fold(hash ^ rest))
    }

    private static func fold(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}

extension JSONString {
    /// Compares bytes, not characters: `é` written as one scalar and as two are different keys.
    fileprivate func isSame(as other: JSONString, in bytes: UnsafeRawBufferPointer) -> Bool {
        if escaped || other.escaped { return text(in: bytes).utf8.elementsEqual(other.text(in: bytes).utf8) }
        return bytes[range].elementsEqual(bytes[other.range])
    }

    /// Any order will do that puts equal keys side by side.
    fileprivate func precedes(_ other: JSONString, in bytes: UnsafeRawBufferPointer) -> Bool {
        if escaped || other.escaped {
            return text(in: bytes).utf8.lexicographicallyPrecedes(other.text(in: bytes).utf8)
        }
        return bytes[range].lexicographicallyPrecedes(bytes[other.range])
    }
}
