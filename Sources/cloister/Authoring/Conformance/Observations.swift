import Model

/// What a plugin wrote that it should not have, gathered over all of its processes.
struct Observations {
    /// Lines that are no JSON.
    var noise: [String] = []
    /// JSON that is no message of the protocol.
    var malformed: [String] = []
    /// Answers to what was not asked, or asked only once.
    var uncalledFor: [String] = []
    /// Output that ended in the middle of a line, or a line that is too long.
    var unfinished: [String] = []
    var badProgress: [String] = []
    var badLogs: [String] = []
    var badRequests: [String] = []
    var progressReports = 0
    var logRecords = 0
    var requests = 0

    mutating func add(_ other: Observations) {
        noise += other.noise
        malformed += other.malformed
        uncalledFor += other.uncalledFor
        unfinished += other.unfinished
        badProgress += other.badProgress
        badLogs += other.badLogs
        badRequests += other.badRequests
        progressReports += other.progressReports
        logRecords += other.logRecords
        requests += other.requests
    }

    /// The first message that should not have been written. What is no message is the business of one rule alone.
    var firstStray: String? { (malformed + uncalledFor).first }

    var withoutStrays: Observations {
        var others = self
        (others.malformed, others.uncalledFor) = ([], [])
        return others
    }
}
