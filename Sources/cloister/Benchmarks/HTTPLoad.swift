import Glibc
import Model
import Sandbox

/// Debian's wrk, and what it counted.
struct HTTPLoad {
    static let connections = 1000
    static let program = "/usr/bin/wrk"

    private(set) var requests = 0.0
    private(set) var seconds = 0.0
    private(set) var errors = 0.0
    /// The slowest of what was added, in milliseconds.
    private(set) var p99 = 0.0

    var rate: Double { seconds > 0 ? requests / seconds : 0 }

    /// Throws where it is missing, or where so many connections cannot be opened; raises the limit of those that can.
    static func check() throws(Problem) {
        guard access(program, X_OK) == 0 else {
            throw Problem(.notFound, "wrk is not installed", hint: "apt install wrk")
        }
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { throw Problem(systemCall: "getrlimit") }
        let needed = rlim_t(4 * connections)
        guard limit.rlim_max >= needed else {
            throw Problem(
                .quotaExceeded, "\(limit.rlim_max) descriptors are too few for \(connections) connections",
                hint: "ulimit -Hn \(needed)")
        }
        // wrk does not raise it itself. The daemon needs ten for each open database besides.
        limit.rlim_cur = max(limit.rlim_cur, needed)
        guard setrlimit(resource, &limit) == 0 else { throw Problem(systemCall: "setrlimit") }
    }

    /// Loads a server for so long. The script says what is asked, where it is not always the same.
    mutating func add(_ url: String, seconds: Int, script: String) throws(Problem) {
        let text = try ProcessRun.output(
            Self.program,
            ["-t", "2", "-c", String(Self.connections), "-d", "\(seconds)s", "--timeout", "10s", "--latency", "-s", script, url])
        guard let line = text.split(separator: "\n").last, let value = try? JSONValue.parse(Array(line.utf8), as: "wrk"),
            let requests = value["requests"]?.number, let time = value["us"]?.number, let errors = value["errors"]?.number,
            let p99 = value["p99"]?.number
        else { throw Problem(.internalFault, "wrk did not say what it counted", cause: String(text.suffix(300))) }
        self.requests += requests
        self.seconds += time / 1e6
        self.errors += errors
        self.p99 = max(self.p99, p99 / 1000)
    }

    /// The end of every script: one line of JSON. What wrk counts as status are answers of 400 and above.
    static let summary = """
        function done(summary, latency, requests)
          local e = summary.errors
          io.write(string.format('\\n{"requests": %d, "us": %d, "errors": %d, "p99": %d}\\n', summary.requests, summary.duration,
            e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
        end

        """
}
