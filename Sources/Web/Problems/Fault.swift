import Model

/// One thing that is wrong with a request, and where.
struct Fault: Sendable, Hashable {
    enum Place: Sendable, Hashable {
        /// A JSON pointer into the body.
        case pointer(String)
        /// A parameter of the path or the query.
        case parameter(String)
        case header(String)
    }

    let place: Place
    let detail: String
    let hint: String?

    init(_ place: Place, _ detail: String, hint: String? = nil) {
        self.place = place
        self.detail = detail
        self.hint = hint
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["detail": .string(detail)]
        members["hint"] = hint.map(JSONValue.string)
        switch place {
        case .pointer(let pointer): members["pointer"] = .string(pointer)
        case .parameter(let name): members["parameter"] = .string(name)
        case .header(let name): members["header"] = .string(name)
        }
        return .object(members)
    }
}
