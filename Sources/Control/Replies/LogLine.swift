package import Model

/// One line that a plugin wrote on its standard error, or logged through the protocol.
package struct LogLine: Hashable, Sendable {
    /// Rises by one with each line of the plugin's, from 1 when the daemon starts.
    package var number: Int64
    /// When the daemon received it, as RFC 3339 in UTC.
    package var at: String
    package var instance: String
    /// Nil for standard error, which has no levels.
    package var level: String?
    package var text: String

    package init(number: Int64 = 0, at: String, instance: String, level: String? = nil, text: String) {
        self.number = number
        self.at = at
        self.instance = instance
        self.level = level
        self.text = text
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "log line")
        self.init(
            // An older daemon does not count them.
            number: reply["number"]?.integer ?? 0, at: try reply.string("at"), instance: try reply.string("instance"), level: reply["level"]?.string,
            text: try reply.string("text"))
    }

    package var json: JSONValue {
        ["number": .integer(number), "at": .string(at), "instance": .string(instance), "level": JSONValue(level), "text": .string(text)]
    }
}
