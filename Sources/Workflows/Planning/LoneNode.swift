package import Model

/// What a run of one node alone is given, in place of what the other nodes would have given: those do not run.
package struct LoneNode: Sendable, Hashable {
    package let node: NodeID
    /// What comes to it, as if along its connections.
    package var arrived: Payload
    /// `$nodes`: the outputs that it reads, or that what lies in it reads.
    package var nodes: [NodeID: Payload] = [:]
    /// `$item` and `$index`, where it lies in a loop.
    package var item: Payload?
    package var index: Int?
    /// The run that some of this was taken from.
    package var source: RunID?
    /// The whole definition, where it is a draft's: that changes, and the run keeps to it as it was.
    package var draft: JSONValue?

    init(_ node: NodeID, arrived: Payload) {
        self.node = node
        self.arrived = arrived
    }

    /// Bytes of all that is given to one.
    static let limit = 4 * Payload.limit

    var size: Int { arrived.size + (item?.size ?? 0) + nodes.values.reduce(0) { $0 + $1.size } }

    /// The whole workflow that it is a node of, where that is a draft's; nil where it is the run's version.
    var kept: Workflow? {
        get throws(Problem) {
            guard let draft else { return nil }
            do throws(WorkflowFindings) {
                return try Workflow(reading: draft)
            } catch {
                // A cloister that reads more strictly than the one that accepted the run.
                throw Problem(
                    .invalidConfiguration, "the draft that the run of node \(node) keeps to cannot be read any more",
                    hint: "run the node again", cause: error.problem.message)
            }
        }
    }
}
