/// What is counted of a tenant's use, month by month. Stable: the ledger and plans name them.
package enum Meter: String, Sendable, CaseIterable {
    /// Tools called and handlers asked.
    case calls
    /// Processor time of the tenant's children, as the kernel counts it.
    case cpuSeconds
    /// Bytes through the way out, both ways together.
    case egressBytes
    /// Runs of workflows that were accepted; of those that become one, that one.
    case workflowRuns

    /// How many of what the ledger counts make one of what plans and people speak of: it keeps processor time in
    /// microseconds.
    package var scale: Int64 { self == .cpuSeconds ? 1_000_000 : 1 }

    /// Whether it is counted in this process, by `Metering`, and not read somewhere.
    var isCountedHere: Bool { self == .calls || self == .workflowRuns }

    /// For messages: `the calls of tenant acme`.
    var noun: String {
        switch self {
        case .calls: "calls"
        case .cpuSeconds: "processor seconds"
        case .egressBytes: "bytes to and from the outside"
        case .workflowRuns: "workflow runs"
        }
    }
}
