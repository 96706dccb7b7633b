/// The log that the children of one pool share, and those who follow it. Confined to the pool's event loop.
final class PoolJournal {
    private(set) var log = ChildLog()
    private var followers: [Int: (ChildLog.Entry) -> Void] = [:]
    private var lastFollower = 0
    static let followerLimit = 16

    func append(_ text: String, level: String = "info", source: ChildLog.Entry.Source, instance: Int, at time: Double) {
        let entry = log.append(text, level: level, source: source, instance: instance, at: time)
        for follower in followers.values { follower(entry) }
    }

    /// Calls `follower` for each entry from now on; nil when too many follow already.
    func follow(_ follower: @escaping (ChildLog.Entry) -> Void) -> Int? {
        guard followers.count < Self.followerLimit else { return nil }
        lastFollower += 1
        followers[lastFollower] = follower
        return lastFollower
    }

    func unfollow(_ number: Int) { followers[number] = nil }
}
