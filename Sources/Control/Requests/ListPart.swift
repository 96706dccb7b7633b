package import Model

/// Which part of a list is asked for: so many entries behind the one that a cursor names, in the order of a key that no two
/// entries share. All of it, in the order that reads best, where no limit is named.
package struct ListPart: Hashable, Sendable {
    package static let whole = ListPart()
    package static let mostEntries = 100
    private static let longestCursor = 512

    /// What the part before said, for whoever keeps the list to read.
    package let cursor: String?
    package let limit: Int?

    private init() { (cursor, limit) = (nil, nil) }

    package init(after cursor: String? = nil, limit: Int) { (self.cursor, self.limit) = (cursor, limit) }

    init(taking parameters: inout ControlParameters) throws(Problem) {
        cursor = try parameters.members.optionalString("cursor")
        limit = try parameters.optionalCount("limit", in: 1...Self.mostEntries)
        guard cursor.map({ $0.utf8.count <= Self.longestCursor }) ?? true else {
            throw Problem(.invalidInput, "/cursor: longer than \(Self.longestCursor) bytes")
        }
        guard cursor == nil || limit != nil else { throw Problem(.invalidInput, "/limit: missing", hint: "a cursor needs one") }
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        members["cursor"] = cursor.map(JSONValue.string)
        members["limit"] = limit.map { .integer(Int64($0)) }
        return members
    }

    /// A reply with where its list goes on: null on the last part. Of a whole list nothing is said.
    package func reply(_ list: JSONValue, next: String?) -> JSONValue {
        guard limit != nil, let members = list.object else { return list }
        return .object(members.merging(["cursor": JSONValue(next)]) { $1 })
    }
}
