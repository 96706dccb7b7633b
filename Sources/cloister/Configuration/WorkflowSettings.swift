import Model
import Workflows

/// What the operator decided about workflows.
struct WorkflowSettings: Hashable, Sendable {
    /// How long runs are kept.
    var retention = RunRetention()
    var destinations = WorkflowDestinations()
    /// Of the runs of one tenant; nil for no limit.
    var actionsPerSecond: Int?

    init() {}

    /// Reads the key `workflows` of `cloister.yaml`.
    init(_ node: YAMLNode) throws(Problem) {
        var mapping = try node.mapping
        if let node = mapping.take("keep-days") { retention.age = .seconds(try node.integer(in: 1...36_500) * 86_400) }
        if let node = mapping.take("keep-runs") { retention.count = Int(try node.integer(in: 1...10_000_000)) }
        if let node = mapping.take("keep-size") { retention.size = try node.byteSize() }
        if let node = mapping.take("actions-per-second") { actionsPerSecond = Int(try node.integer(in: 1...100_000)) }
        destinations = try WorkflowDestinations(&mapping)
        try mapping.finish()
    }
}
