import Synchronization

/// Definitions that were read before, by the digest of what they were read from: they are the same for ever.
final class DefinitionCache: Sendable {
    private struct Entry {
        let workflow: Workflow
        let size: Int
        var used: UInt64
    }

    private struct Contents {
        var entries: [String: Entry] = [:]
        var size = 0
        var clock: UInt64 = 0
    }

    /// Bytes of the definitions as they are stored; what they take in memory is a small multiple of it.
    static let limit = 8 << 20
    static let most = 256

    private let contents = Mutex(Contents())

    func find(_ digest: String) -> Workflow? {
        contents.withLock { contents in
            contents.clock += 1
            contents.entries[digest]?.used = contents.clock
            return contents.entries[digest]?.workflow
        }
    }

    func keep(_ workflow: Workflow, as digest: String, size: Int) {
        contents.withLock { contents in
            guard contents.entries[digest] == nil else { return }
            contents.clock += 1
            contents.entries[digest] = Entry(workflow: workflow, size: size, used: contents.clock)
            contents.size += size
            while contents.entries.count > 1, contents.entries.count > Self.most || contents.size > Self.limit,
                let oldest = contents.entries.min(by: { $0.value.used < $1.value.used })
            {
                contents.entries[oldest.key] = nil
                contents.size -= oldest.value.size
            }
        }
    }

    var count: Int { contents.withLock { $0.entries.count } }
}
