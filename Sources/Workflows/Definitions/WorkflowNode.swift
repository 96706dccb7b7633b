package import Model

/// A node: what it does, when it runs, what goes in and out, and what happens when it fails.
package struct WorkflowNode: Sendable, Hashable {
    package var id: NodeID
    package var name: String?
    package var kind: NodeKind
    /// The node runs where this gives neither false nor null; else its input passes through it.
    package var condition: Template?
    /// Its input; what came along the connections where there is none.
    package var input: Template?
    /// Its output, made from what the node gave.
    package var output: Template?
    /// Of each attempt.
    package var timeout: Duration?
    package var retry: RetryPolicy?
    package var continuesOnError = false
    package var connections: [Connection]

    /// A way from a port of a node to another node.
    package struct Connection: Sendable, Hashable {
        package var port: Port
        package var target: NodeID

        package init(_ port: Port, _ target: NodeID) {
            self.port = port
            self.target = target
        }
    }
}

/// A named way out of a node.
package struct Port: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    package init(_ name: String) { self.name = name }

    package static let out = Port("out")
    /// Taken by a node that failed for good, with the error as its output.
    package static let error = Port("error")
    package static let yes = Port("true")
    package static let no = Port("false")
    package static let otherwise = Port("default")
    /// Into the body of a loop.
    package static let each = Port("each")
    /// Out of a loop, when it is over.
    package static let done = Port("done")
    package static let approved = Port("approved")
    package static let rejected = Port("rejected")
    package static let expired = Port("expired")

    package var description: String { name }
}
