package import Model

/// One line that a plugin wrote on its standard error, or logged through the protocol.
package struct LogLine: Hashable, Sendable {
    /// When the daemon received it, as RFC 3339 in UTC.
    package var at: String
    package var instance: String
    /// Nil for standard error, which has no levels.
    package var level: String?
    package var text: String

    package init(at: String, instance: String, level: String? = nil, text: String) {
        self.at = at
        self.instance = instance
        self.level = level
        self.text = text
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "log line")
        self.init(
            at: try reply.string("at"), instance: try reply.string("instance"), level: reply["level"]?.string,
            text: try reply.string("text"))
    }

    package var json: JSONValue {
        ["at": .string(at), "instance": .string(instance), "level": JSONValue(level), "text": .string(text)]
    }
}
