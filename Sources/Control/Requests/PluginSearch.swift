import Model

/// Which of the plugins that are available are asked for; all of them where nothing is said.
package struct PluginSearch: Sendable, Hashable {
    /// A part of the id, the name or the description.
    package var text: String?
    /// Only those whose id comes after this one.
    package var after: String?
    package var limit: Int?
    /// These, too, whatever else is asked for.
    package var named: [String]

    package static let mostLimit = 10_000

    package init(text: String? = nil, after: String? = nil, limit: Int? = nil, named: [String] = []) {
        (self.text, self.after, self.limit, self.named) = (text, after, limit, named)
    }

    init(taking parameters: inout ControlParameters) throws(Problem) {
        text = try parameters.members.optionalString("text")
        after = try parameters.members.optionalString("after")
        limit = try parameters.optionalCount("limit", in: 0...Self.mostLimit)
        named = try parameters.words("named", limit: Self.mostLimit)
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        members["text"] = text.map(JSONValue.string)
        members["after"] = after.map(JSONValue.string)
        members["limit"] = limit.map { .integer(Int64($0)) }
        if !named.isEmpty { members["named"] = .array(named.map(JSONValue.string)) }
        return members
    }
}
