import Model

/// One numbered statement of the protocol that a plugin can be tested by; `protocol.md` has the same list.
struct ConformanceRule: Sendable {
    enum Check: Sendable {
        /// Speaks with processes of its own; what it throws is how the rule was broken.
        case trial(@Sendable (inout ConformanceTrial) throws(Breach) -> Void)
        /// Judges what was seen in all trials.
        case overall(@Sendable (Observations) throws(Breach) -> Void)
    }

    let number: Int
    /// The section of the protocol.
    let section: Int
    let statement: String
    let check: Check
}

/// How a rule was broken, or why it cannot be tested here.
enum Breach: Error {
    case broken(String)
    case untested(String)
}

/// What came of one rule.
struct ConformanceVerdict: Sendable {
    enum Outcome: Sendable, Hashable {
        case passed
        case failed(String)
        /// Not testable with what is known of the plugin.
        case skipped(String)
    }

    let rule: ConformanceRule
    let outcome: Outcome

    var hasFailed: Bool { if case .failed = outcome { true } else { false } }
}
