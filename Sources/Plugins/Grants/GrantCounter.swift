import Model

/// Counts of one plugin that are not in the database yet, and how many refusals may still be told one by one. A value,
/// bounded whatever the plugin asks for.
struct GrantCounter: Sendable {
    /// Refusals told one by one in a second; the rest are told as a number.
    static let auditLimit = 5

    private(set) var uses: [GrantUse.Key: GrantUse] = [:]
    private var subjects: [GrantUse.Key: Int] = [:]
    private var second: Int64 = 0
    private var told = 0
    private var untold = 0

    mutating func count(
        _ resource: Resource, _ action: String, _ subject: PermissionSubject, isAllowed: Bool, at now: Int64
    ) {
        var key = GrantUse.Key(resource, action, subject)
        var largest: Int64 = 0
        if isAllowed, case .document(_, let size) = subject { largest = size.bytes }
        func use() -> GrantUse {
            GrantUse(key, largest: largest, allowed: isAllowed ? 1 : 0, refused: isAllowed ? 0 : 1, last: now)
        }
        if let place = uses.index(forKey: key) { return uses.values[place].add(use()) }
        let group = key.withoutSubject
        if subjects[group, default: 0] < GrantUse.subjectLimit { subjects[group, default: 0] += 1 } else { key = group }
        uses[key, default: GrantUse(key)].add(use())
    }

    /// Whether a refusal is told by itself, and how many before it were not.
    mutating func audits(at now: Int64) -> (tells: Bool, untoldBefore: Int) {
        if now / 1000 != second { (second, told) = (now / 1000, 0) }
        guard told < Self.auditLimit else {
            untold += 1
            return (false, 0)
        }
        told += 1
        defer { untold = 0 }
        return (true, untold)
    }

    /// What was counted since the last time.
    mutating func take() -> [GrantUse] {
        defer { (uses, subjects) = ([:], [:]) }
        return Array(uses.values)
    }

    /// Counts that could not be written, back for the next time.
    mutating func putBack(_ list: [GrantUse]) {
        for use in list where uses.count < 4 * GrantUse.subjectLimit || uses[use.key] != nil {
            uses[use.key, default: GrantUse(use.key)].add(use)
        }
    }
}
