import Model

/// A request as it came, of which nobody knows yet who sent it.
package struct WebhookMessage: Sendable {
    /// Names in lower case, in the order in which they came.
    package let headers: [(name: String, value: String)]
    package let query: [String: String]
    package let body: [UInt8]

    package init(headers: [(name: String, value: String)], query: [String: String], body: [UInt8]) {
        self.headers = headers
        self.query = query
        self.body = body
    }

    /// Nil where it is missing or empty, and where it stands twice: that says two things.
    func header(_ name: String) -> String? {
        let values = headers.filter { $0.name == name }
        return values.count == 1 && values[0].value != "" ? values[0].value : nil
    }

    /// JSON by its media type, also where a suffix says so (RFC 6839).
    var isJSON: Bool {
        guard let type = header("content-type")?.split(separator: ";").first?.lowercased() else { return false }
        let name = type.filter { $0 != " " && $0 != "\t" }
        return name == "application/json" || (name.hasPrefix("application/") && name.hasSuffix("+json"))
    }

    /// What a run gets of it.
    func input(_ body: JSONValue, name: String?, handingOn names: Set<String>) -> JSONValue {
        var values: [String: JSONValue] = [:]
        for name in names { values[name] = header(name).map(JSONValue.string) }
        return [
            "method": "POST", "headers": .object(values), "query": .object(query.mapValues(JSONValue.string)), "body": body,
            "id": JSONValue(name),
        ]
    }
}

/// Why a message begins nothing.
package enum WebhookFault: Error, Sendable, Hashable {
    /// No proof, or a wrong one.
    case wrongSignature
    /// It was sent too long ago, or has yet to be.
    case stale
    case unsupportedMediaType
    case malformedBody(String)
    case tooLarge
}
