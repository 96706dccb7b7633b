import Glibc
import Model
import Sandbox
import Supervisor
import Wire

/// One process of a plugin, spoken to as the host speaks, but so that every byte is the speaker's own choice.
///
/// Driven by one thread. Requests of the plugin are refused as the host refuses what was not granted.
final class Conversation {
    private let target: ConformanceTarget
    private let pipes: ProcessPipes
    private let lineLimit: Int
    private var unread: [UInt8] = []
    private var searched = 0
    private var input: Int32
    private var hasEnded = false
    private(set) var observations = Observations()
    /// Everything that came on standard error, at most 64 KiB.
    private(set) var errors: [UInt8] = []
    private var answers: [JSONValue: JSONValue] = [:]
    /// In the order of their coming.
    private(set) var order: [JSONValue] = []
    private var open: Set<JSONValue> = []
    private var asked: Set<JSONValue> = []
    private var exitStatus: Int32?

    init(_ target: ConformanceTarget, lineLimit: Int) throws(Problem) {
        self.target = target
        self.lineLimit = lineLimit
        pipes = try target.start()
        input = pipes.input
        for number in [pipes.input, pipes.output, pipes.errors] { _ = fcntl(number, F_SETFL, O_NONBLOCK) }
    }

    deinit { end() }

    /// Sends bytes as they are.
    func write(_ bytes: [UInt8], within patience: Duration) {
        var written = 0
        let limit = ContinuousClock.now + patience
        while written < bytes.count, input >= 0, !hasEnded {
            let count = bytes.withUnsafeBytes { Glibc.write(input, $0.baseAddress! + written, bytes.count - written) }
            if count > 0 {
                written += count
            } else if errno == EAGAIN {
                guard ContinuousClock.now < limit else { return }
                turn(until: limit, writing: true)
            } else if errno != EINTR {
                return
            }
        }
    }

    /// Sends a message on a line of its own.
    func send(_ message: JSONValue, within patience: Duration) { write(message.bytes + [0x0A], within: patience) }

    /// From now on an answer to this identifier is expected, once.
    func expect(_ id: JSONValue) { open.insert(id) }

    /// The answer to a request; nil when none comes in time.
    func answer(to id: JSONValue, within patience: Duration) -> JSONValue? {
        let limit = ContinuousClock.now + patience
        while answers[id] == nil, !hasEnded, ContinuousClock.now < limit { turn(until: limit) }
        return answers[id]
    }

    func closeInput() {
        guard input >= 0 else { return }
        close(input)
        input = -1
    }

    /// Reads until the plugin has closed its output; false when it does not in time.
    func readToEnd(within patience: Duration) -> Bool {
        let limit = ContinuousClock.now + patience
        while !hasEnded, ContinuousClock.now < limit { turn(until: limit) }
        if hasEnded, !unread.isEmpty {
            observations.unfinished.append("output ends in the middle of a line: \(Self.quote(unread))")
            unread = []
        }
        return hasEnded
    }

    /// Whether the process has ended by itself in time.
    func exits(within patience: Duration) -> Bool {
        let limit = ContinuousClock.now + patience
        while exitStatus == nil {
            var status: Int32 = 0
            if waitpid(pipes.process, &status, WNOHANG) == pipes.process {
                exitStatus = status
                return true
            }
            guard ContinuousClock.now < limit else { return false }
            if hasEnded { usleep(2000) } else { turn(until: min(limit, .now + .milliseconds(20))) }
        }
        return true
    }

    /// Why there is no answer, in words.
    var silence: String {
        let tail = errors.suffix(2000)
        let words = tail.isEmpty ? "" : "; standard error: \(Self.quote(Array(tail)))"
        if let setup = launchFailure { return setup + words }
        return (hasEnded ? "the plugin ended" : "no answer in time") + words
    }

    /// Kills what is left, and closes everything.
    func end() {
        closeInput()
        if exitStatus == nil {
            target.kill(pipes.process)
            var status: Int32 = 0
            while waitpid(pipes.process, &status, 0) < 0, errno == EINTR {}
            exitStatus = status
            for number in [pipes.output, pipes.errors, pipes.status] where number >= 0 { close(number) }
        } else if !isClosed {
            for number in [pipes.output, pipes.errors, pipes.status] where number >= 0 { close(number) }
        }
        isClosed = true
    }

    private var isClosed = false

    private var launchFailure: String? {
        guard pipes.status >= 0, hasEnded else { return nil }
        var record = [UInt8](repeating: 0, count: LaunchStatus.recordSize)
        _ = fcntl(pipes.status, F_SETFL, O_NONBLOCK)
        while read(pipes.status, &record, record.count) == record.count {
            guard let status = record.withUnsafeBytes({ LaunchStatus(record: $0) }) else { continue }
            if case .failed = status {
                let end = ExitObservation(statuses: [status])
                return end.reason(asked: nil, nameOfSystemCall: SystemCallTable.name(of:)).description
            }
        }
        return nil
    }

    /// Waits for what comes next, and takes it.
    private func turn(until limit: ContinuousClock.Instant, writing: Bool = false) {
        var entries = [pipes.output, hasNoErrors ? -1 : pipes.errors].map { number in
            pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        }
        if writing, input >= 0 { entries.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0)) }
        let left = (limit - .now) / .milliseconds(1)
        poll(&entries, nfds_t(entries.count), Int32(max(1, min(left, 60_000))))
        if entries[1].revents != 0 { takeErrors() }
        if entries[0].revents != 0 { takeOutput() }
    }

    private var hasNoErrors = false

    private func takeErrors() {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = read(pipes.errors, &part, part.count)
        if count > 0 { errors = (errors + part[..<count]).suffix(65_536) } else if count == 0 { hasNoErrors = true }
    }

    private func takeOutput() {
        var part = [UInt8](repeating: 0, count: 262_144)
        let count = read(pipes.output, &part, part.count)
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { hasEnded = true }
        guard count > 0 else { return }
        unread += part[..<count]
        var start = 0
        while let end = unread[max(start, searched)...].firstIndex(of: 0x0A) {
            take(Array(unread[start..<end]))
            start = end + 1
        }
        unread.removeFirst(start)
        searched = unread.count
        if unread.count > lineLimit {
            observations.unfinished.append("a line of more than \(lineLimit) bytes")
            hasEnded = true
        }
    }
}

extension Conversation {
    private func take(_ line: [UInt8]) {
        guard let message = try? JSONValue.parse(line) else {
            observations.noise.append(Self.quote(line))
            return
        }
        guard message["jsonrpc"] == "2.0", let members = message.object else {
            observations.malformed.append("not a message of JSON-RPC 2.0: \(Self.quote(line))")
            takeLoosely(message)
            return
        }
        if let method = message["method"] {
            guard let method = method.string else { return malformed("a method that is no string", line) }
            guard let id = message["id"] else { return takeNotification(method, message["params"]) }
            return takeRequest(id, method, line)
        }
        guard let id = message["id"] else { return malformed("neither a method nor an id", line) }
        let (result, error) = (members["result"], members["error"])
        guard (result == nil) != (error == nil) else {
            malformed("an answer has either a result or an error", line)
            return takeLoosely(message)
        }
        if let error, error["code"]?.integer == nil || error["message"]?.string == nil {
            malformed("an error has a code, a whole number, and a message, a string", line)
        }
        if id.isNull { return malformed("an answer that names no request", line) }
        takeAnswer(id, message, line)
    }

    /// An answer in a wrong shape is still an answer, so that one breach counts as one.
    private func takeLoosely(_ message: JSONValue) {
        if let id = message["id"], open.contains(id), answers[id] == nil, message["method"] == nil {
            answers[id] = message
            order.append(id)
        }
    }

    private func takeAnswer(_ id: JSONValue, _ message: JSONValue, _ line: [UInt8]) {
        guard open.contains(id) else {
            observations.uncalledFor.append("an answer to nothing that was asked: \(Self.quote(line))")
            return
        }
        guard answers[id] == nil else {
            observations.uncalledFor.append("a second answer: \(Self.quote(line))")
            return
        }
        answers[id] = message
        order.append(id)
    }

    private func takeRequest(_ id: JSONValue, _ method: String, _ line: [UInt8]) {
        observations.requests += 1
        guard id.string.map({ $0.utf8.count <= 128 }) ?? { if case .integer = id { true } else { false } }() else {
            return observations.badRequests.append("an id that is no whole number and no string: \(Self.quote(line))")
        }
        guard asked.insert(id).inserted else {
            return observations.badRequests.append("the id of an earlier request: \(Self.quote(line))")
        }
        let answer: JSONValue = [
            "jsonrpc": "2.0", "id": id,
            "error": [
                "code": -31999, "message": .string("permission denied: \(method.prefix(80))"),
                "data": ["title": "permission denied", "type": "urn:cloister:problem:permissionDenied"],
            ],
        ]
        send(answer, within: .seconds(1))
    }

    private func takeNotification(_ method: String, _ parameters: JSONValue?) {
        switch method {
        case "progress":
            observations.progressReports += 1
            let numbers = ["done", "total"].allSatisfy { parameters?[$0] == nil || parameters?[$0]?.number != nil }
            let words = parameters?["message"].map { $0.string != nil } ?? true
            guard let id = parameters?["id"], open.contains(id), numbers, words else {
                return observations.badProgress.append(parameters?.compactText ?? "no parameters")
            }
        case "log":
            observations.logRecords += 1
            let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
            let hasLevel = parameters?["level"]?.string.map(levels.contains) ?? false
            guard hasLevel, parameters?["message"]?.string != nil else {
                return observations.badLogs.append(parameters?.compactText ?? "no parameters")
            }
        default: break
        }
    }

    private func malformed(_ what: String, _ line: [UInt8]) {
        observations.malformed.append("\(what): \(Self.quote(line))")
    }

    private static func quote(_ bytes: [UInt8]) -> String {
        PlainText.escaping(String(decoding: bytes.prefix(200), as: UTF8.self)) + (bytes.count > 200 ? "…" : "")
    }
}
