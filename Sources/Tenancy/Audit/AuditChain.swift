import Crypto

/// Follows a log from its first entry to its last and stops at the first thing that is wrong.
///
/// Pure: whoever reads the log hands over one entry after the other, in order of their places.
struct AuditChain {
    private let log: String
    private let checkpoints: [Int64: [AuditCheckpoint]]
    private let last: AuditCheckpoint?
    private let holds: (AuditCheckpoint) -> Bool
    /// Behind what was pruned; the origin of the log where nothing was.
    private let anchor: AuditCheckpoint?
    private var place: Int64
    private var digest: [UInt8]
    /// The entry up to which signatures vouch for what was read.
    private var vouched: Int64

    /// The digest before the first entry of a log.
    static func origin(of log: String) -> [UInt8] { Array(SHA256.hash(data: Array(log.utf8))) }

    /// How far from its own place an entry is looked for when it stands at another one's.
    private static let reach: Int64 = 10_000

    /// `checkpoints` are those of the log and the witness outside it.
    init(_ log: String, checkpoints: [AuditCheckpoint], holds: @escaping (AuditCheckpoint) -> Bool) {
        self.log = log
        self.holds = holds
        let anchor = checkpoints.filter { $0.kind == .anchor }.max { $0.sequence < $1.sequence }
        self.anchor = anchor
        place = anchor?.sequence ?? 0
        vouched = place
        digest = anchor?.digest ?? Self.origin(of: log)
        let start = place
        // What vouched for entries that were pruned vouches for nothing any more.
        let relevant = checkpoints.filter { $0.sequence >= start }
        self.checkpoints = Dictionary(grouping: relevant, by: \.sequence)
        last = relevant.max { $0.sequence < $1.sequence }
    }

    /// Before the first entry: what is wrong with the place where the chain begins.
    func begin() -> AuditFinding? {
        guard let anchor, !isOurs(anchor) else { return nil }
        return AuditFinding(
            .checkpointSignature, at: anchor.sequence,
            "the anchor behind entry \(anchor.sequence) is not one that this daemon signed for this log")
    }

    mutating func take(_ entry: AuditEntry) -> AuditFinding? {
        let expected = place + 1
        guard entry.sequence >= expected else {
            return AuditFinding(.reordered, at: entry.sequence, "entry \(entry.sequence) stands before the beginning of the log")
        }
        guard entry.sequence == expected else {
            let gap = entry.sequence - expected == 1 ? "entry \(expected) is" : "entries \(expected) to \(entry.sequence - 1) are"
            return AuditFinding(.missing, at: expected, "\(gap) missing")
        }
        guard entry.digest == entry.digest(standingAt: expected) else { return misplaced(entry) ?? changed(expected) }
        guard entry.previous == digest else {
            // What it says of itself is right, so the one before is not what it was.
            return expected == (anchor?.sequence ?? 0) + 1
                ? AuditFinding(.missing, at: expected, "entry \(expected) does not follow the beginning of the log") : changed(place)
        }
        place = expected
        digest = entry.digest
        return check(at: expected)
    }

    /// After the last entry.
    func end() -> AuditFinding? {
        guard let last, last.sequence > place else { return nil }
        guard isOurs(last) else { return unsigned(last) }
        return AuditFinding(
            .truncated, at: place + 1,
            "the log ends with entry \(place), and a checkpoint was signed over entry \(last.sequence)")
    }

    private mutating func check(at sequence: Int64) -> AuditFinding? {
        for checkpoint in checkpoints[sequence] ?? [] {
            guard isOurs(checkpoint) else { return unsigned(checkpoint) }
            guard checkpoint.digest == digest else {
                return AuditFinding(
                    .changed, at: vouched + 1,
                    "entries were written anew somewhere from \(vouched + 1) to \(sequence): the checkpoint over "
                        + "entry \(sequence) was signed over another one")
            }
        }
        if checkpoints[sequence] != nil { vouched = sequence }
        return nil
    }

    private func isOurs(_ checkpoint: AuditCheckpoint) -> Bool { checkpoint.log == log && holds(checkpoint) }

    private func unsigned(_ checkpoint: AuditCheckpoint) -> AuditFinding {
        AuditFinding(
            .checkpointSignature, at: checkpoint.sequence,
            "the checkpoint over entry \(checkpoint.sequence) is not one that this daemon signed for this log")
    }

    private func changed(_ sequence: Int64) -> AuditFinding {
        AuditFinding(.changed, at: sequence, "entry \(sequence) does not say what it said when it was written")
    }

    private func misplaced(_ entry: AuditEntry) -> AuditFinding? {
        let places = max(1, entry.sequence - Self.reach)...(entry.sequence + Self.reach)
        guard let own = places.first(where: { entry.digest(standingAt: $0) == entry.digest }) else { return nil }
        return AuditFinding(.reordered, at: entry.sequence, "entry \(own) stands at the place of entry \(entry.sequence)")
    }
}
