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
    /// What is kept on disk, in gibibytes times hours.
    case storageHours

    /// How many of what the ledger counts make one of what plans and people speak of: it keeps processor time and storage
    /// in millionths.
    package var scale: Int64 {
        switch self {
        case .cpuSeconds, .storageHours: 1_000_000
        case .calls, .egressBytes, .workflowRuns: 1
        }
    }

    /// Whether a plan may end it. What a tenant keeps cannot be ended when a month's share is used up; the disk quota holds it.
    package var isEnding: Bool { self != .storageHours }

    /// Whether it is counted in this process, by `Metering`, and not read somewhere.
    var isCountedHere: Bool { self == .calls || self == .workflowRuns }

    /// For messages: `the calls of tenant acme`.
    var noun: String {
        switch self {
        case .calls: "calls"
        case .cpuSeconds: "processor seconds"
        case .egressBytes: "bytes to and from the outside"
        case .workflowRuns: "workflow runs"
        case .storageHours: "gibibyte-hours on disk"
        }
    }
}
