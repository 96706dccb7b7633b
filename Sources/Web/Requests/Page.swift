import HTTPTypes
import HummingbirdCore
package import Model
import NIOCore
import Tenancy

/// A part of a list: so many entries behind the one that a cursor names.
///
/// Cursors are for the daemon alone to read, and stay good when entries come and go. Each is of one list of one tenant: for
/// any other it is refused.
struct Page: Sendable {
    static let parameters: [Parameter] = [
        .query("cursor", .string(length: 1...1024, pattern: "^([0-9a-f]{2})+$"), "Where the last page ended, as it said"),
        .query("limit", .integer(in: 1...100, default: 50), "How many entries at most"),
    ]

    let limit: Int
    /// The key of the last entry that was seen; nil for the first page.
    let after: String?
    /// Which list it is of.
    private let mark: String

    init(_ exchange: Exchange) throws(Refusal) {
        limit = Int(exchange.parameters["limit"]?.integer ?? 50)
        mark = Self.mark(
            exchange.request.uri.path, exchange.text("tenant") ?? exchange.requester.principal.tenant?.rawValue)
        guard let cursor = exchange.text("cursor") else {
            after = nil
            return
        }
        guard let text = Self.text(of: cursor), text.hasPrefix(mark) else { throw Self.foreignCursor }
        after = String(text.dropFirst(mark.count))
    }

    /// What asks for it where the list is kept.
    var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["limit": JSONValue(limit)]
        members["cursor"] = after.map(JSONValue.string)
        return members
    }

    /// The last entry that was seen, where entries have numbers.
    var number: Int64? {
        get throws(Refusal) {
            guard let after else { return nil }
            guard let number = Int64(after) else { throw Self.foreignCursor }
            return number
        }
    }

    static var foreignCursor: Refusal {
        Refusal(
            .unprocessableContent, "invalidInput", "not a cursor of this list",
            faults: [Fault(.parameter("cursor"), "not one that this list gave")])
    }

    /// A list in which it says how to go on: `{"NAME": […], "cursor": …}`.
    static func schema(_ name: String, of element: Schema) -> Schema {
        .object(
            [
                .required(name, .array(of: element)),
                .required("cursor", .string("Of the next page; null on the last").orNull),
            ])
    }

    /// The page as it was given where the list is kept.
    func answer(_ name: String, _ reply: JSONValue, _ exchange: Exchange) -> Answer {
        answer(name, reply[name]?.array ?? [], exchange, next: reply["cursor"]?.string)
    }

    /// The page of a whole list, which must be a short one; `key` orders it.
    func answer(_ name: String, _ entries: [JSONValue], _ exchange: Exchange, key: (JSONValue) -> String) -> Answer {
        let rest = entries.map { (key($0), $0) }.sorted { $0.0 < $1.0 }.filter { entry in after.map { entry.0 > $0 } ?? true }
        let page = rest.prefix(limit)
        return answer(name, page.map(\.1), exchange, next: rest.count > limit ? page.last?.0 : nil)
    }

    /// Entries that are written already.
    func answer(_ name: String, _ entries: [ByteBuffer], _ exchange: Exchange, next: String?) -> Answer {
        let cursor = next.map { Self.cursor(mark + $0) }
        var bytes = ByteBuffer()
        bytes.reserveCapacity(entries.reduce(256) { $0 + $1.readableBytes + 1 })
        bytes.writeString("{\"cursor\":\(cursor.map { "\"\($0)\"" } ?? "null"),\"\(name)\":[")
        for (index, entry) in entries.enumerated() {
            if index > 0 { bytes.writeStaticString(",") }
            bytes.writeImmutableBuffer(entry)
        }
        bytes.writeStaticString("]}")
        return answer(bytes, exchange, cursor)
    }

    /// `more` are members beside the list.
    func answer(
        _ name: String, _ entries: [JSONValue], _ exchange: Exchange, next: String?, _ more: [String: JSONValue] = [:]
    ) -> Answer {
        let cursor = next.map { Self.cursor(mark + $0) }
        let value = JSONValue.object(more.merging([name: .array(entries), "cursor": JSONValue(cursor)]) { $1 })
        return answer(ByteBuffer(bytes: value.bytes), exchange, cursor)
    }

    private func answer(_ bytes: ByteBuffer, _ exchange: Exchange, _ cursor: String?) -> Answer {
        var answer = Answer.json(bytes)
        guard let cursor else { return answer }
        // RFC 8288.
        let others = exchange.parameters.filter { $0.key != "cursor" && $0.key != "limit" }
            .compactMap { name, value in value.string.map { "\(name)=\(Self.escaped($0))" } }.sorted()
        let query = (["cursor=\(cursor)", "limit=\(limit)"] + others).joined(separator: "&")
        answer.headers[.link] = "<\(exchange.request.uri.path)?\(query)>; rel=\"next\""
        return answer
    }

    /// Guards against mistakes, not against whoever makes cursors up: what a cursor may read is what its list may.
    private static func mark(_ path: String, _ tenant: String?) -> String {
        String(API.digest("\(path)\n\(tenant ?? "")").prefix(8))
    }

    fileprivate static func cursor(behind key: String, in path: String, of tenant: String?) -> String {
        cursor(mark(path, tenant) + key)
    }

    private static func cursor(_ key: String) -> String {
        key.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func text(of cursor: String) -> String? {
        let digits = Array(cursor.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
        return bytes.count == digits.count / 2 ? String(validating: bytes, as: UTF8.self) : nil
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            return scalar.properties.isAlphabetic && byte < 128 || (48...57).contains(byte) || byte == 45
                ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

/// Cursors for whoever has to go into the middle of a list without having read its beginning, as a benchmark does.
package enum ListCursor {
    /// Of the entries behind `key` in the list at a path, as a key of that tenant sees it.
    package static func text(behind key: String, in path: String, of tenant: TenantID) -> String {
        Page.cursor(behind: key, in: path, of: tenant.rawValue)
    }
}
