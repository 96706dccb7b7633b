package import Model

/// One line of a plugin's recent past: what it wrote or logged, or what became of it.
package struct LogLine: Hashable, Sendable {
    /// When the daemon received it, as RFC 3339 in UTC.
    package var at: String
    package var instance: Int
    /// `stderr`, `log` for records of the protocol, or `supervisor`.
    package var source: String
    package var level: String
    package var text: String

    package init(at: String, instance: Int, source: String, level: String, text: String) {
        self.at = at
        self.instance = instance
        self.source = source
        self.level = level
        self.text = text
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "log line")
        self.init(
            at: try reply.string("at"), instance: Int(try reply.integer("instance")),
            source: try reply.string("source"), level: try reply.string("level"), text: try reply.string("text"))
    }

    package var json: JSONValue {
        [
            "at": .string(at), "instance": JSONValue(instance), "source": .string(source), "level": .string(level),
            "text": .string(text),
        ]
    }
}
