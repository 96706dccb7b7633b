package import Model

/// How a child ended, in words that a person understands.
package struct ExitReport: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case exited, signalled, outOfMemory, seccomp, deadline, `protocol`, stopped, setup, quota
    }

    package var kind: Kind
    /// For example `exited 3` or `killed by seccomp on ptrace`.
    package var reason: String
    /// When, as RFC 3339 in UTC.
    package var at: String
    /// The end of what the child wrote on its standard error, at most 64 KiB.
    package var stderr: String

    package init(kind: Kind, reason: String, at: String, stderr: String) {
        self.kind = kind
        self.reason = reason
        self.at = at
        self.stderr = stderr
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "plugin: /lastExit")
        let kind = try reply.string("kind")
        guard let known = Kind(rawValue: kind) else {
            throw Problem(.internalFault, "plugin: /lastExit/kind: unknown kind \(kind.debugDescription)")
        }
        self.init(
            kind: known, reason: try reply.string("reason"), at: try reply.string("at"),
            stderr: reply["stderr"]?.string ?? "")
    }

    package var json: JSONValue {
        ["kind": .string(kind.rawValue), "reason": .string(reason), "at": .string(at), "stderr": .string(stderr)]
    }
}
