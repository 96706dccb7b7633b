/// The first thing that is wrong with a log.
package struct AuditFinding: Sendable, Hashable {
    package enum Fault: String, Sendable {
        /// An entry says something else than when it was written.
        case changed
        /// An entry is not there.
        case missing
        /// An entry stands at another one's place.
        case reordered
        /// The log ends before a checkpoint that was signed over it.
        case truncated
        /// A checkpoint was not signed by this daemon.
        case checkpointSignature
    }

    package let fault: Fault
    /// The first entry that is broken.
    package let sequence: Int64
    package let detail: String

    init(_ fault: Fault, at sequence: Int64, _ detail: String) {
        self.fault = fault
        self.sequence = sequence
        self.detail = detail
    }
}

/// What a look over a whole log found.
package struct AuditVerdict: Sendable, Hashable {
    package var place: AuditPlace
    /// The entries that are there: the first, the last, and how many; none in an empty log.
    package var first: Int64?
    package var last: Int64?
    package var entries: Int64 = 0
    /// When the last checkpoint was signed, in milliseconds since 1970, and over which entry.
    package var checkpoint: (time: Int64, sequence: Int64)?
    package var finding: AuditFinding?

    init(_ place: AuditPlace) { self.place = place }

    package static func == (left: AuditVerdict, right: AuditVerdict) -> Bool {
        left.place == right.place && left.first == right.first && left.last == right.last && left.entries == right.entries
            && left.checkpoint?.sequence == right.checkpoint?.sequence && left.finding == right.finding
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(place)
        hasher.combine(last)
        hasher.combine(finding)
    }
}
