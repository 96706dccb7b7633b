import Model
import NIOCore

/// The pages of one `tools/list`, gathered without being read: that takes time, and this runs on an event loop. Bounded,
/// for what a list becomes in memory is many times its size.
struct MCPListing: Sendable {
    static let pageLimit = 128
    static let byteLimit = 1 << 20

    enum Verdict: Sendable, Equatable {
        case more(cursor: String)
        case complete
        case bad(String)
    }

    private(set) var pages: [ByteBuffer] = []
    private var bytes = 0
    private var cursors: Set<String> = []

    mutating func take(_ page: ByteBuffer) -> Verdict {
        bytes += page.readableBytes
        guard bytes <= Self.byteLimit else { return .bad("a list of more than \(ByteSize(bytes: Int64(Self.byteLimit)))") }
        let scan = JSONMembers(page, ["tools", "nextCursor"])
        guard let tools = scan["tools"], tools.getInteger(at: tools.readerIndex, as: UInt8.self) == UInt8(ascii: "[") else {
            return .bad("the answer has no list `tools`")
        }
        pages.append(page)
        guard let text = scan["nextCursor"], let cursor = text.withUnsafeReadableBytes({ try? JSONValue.parse($0) })?.string
        else { return .complete }
        guard cursors.insert(cursor).inserted else { return .bad("the cursor \(cursor.prefix(80)) comes twice") }
        guard pages.count < Self.pageLimit else { return .bad("more than \(Self.pageLimit) pages") }
        return .more(cursor: cursor)
    }
}

/// Chosen members of a JSON object as the bytes that came, found in one pass without reading the others.
struct JSONMembers {
    private var found: [String: ByteBuffer] = [:]

    /// Empty for what is no object.
    init(_ text: ByteBuffer, _ names: [String]) {
        let ranges: [String: Range<Int>] = text.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            var ranges: [String: Range<Int>] = [:]
            try? scanner.members(depth: 0) { (scanner, key) throws(JSONFault) in
                let value = try scanner.value(depth: 1)
                // Names are few and short; a key that is longer than all of them is none.
                guard key.range.count <= 64 else { return }
                let name = key.text(in: bytes)
                if names.contains(name) { ranges[name] = value }
            }
            return ranges
        }
        for (name, range) in ranges {
            found[name] = text.getSlice(at: text.readerIndex + range.lowerBound, length: range.count)
        }
    }

    subscript(name: String) -> ByteBuffer? { found[name] }

    /// A member that is small enough to be read here.
    func value(_ name: String, limit: Int = 64 << 10) -> JSONValue? {
        guard let text = found[name], text.readableBytes <= limit else { return nil }
        return text.withUnsafeReadableBytes { try? JSONValue.parse($0) }
    }
}
