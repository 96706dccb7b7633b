import Glibc
import Model
import NIOCore
import Plugins
import Sandbox
import Supervisor

/// Attacks the sandbox of this machine's kernel from inside children that are started exactly as plugins are, and says
/// what came of each attempt.
///
/// Every attempt is followed by a call to a child of another tenant, which must answer.
struct AttackRun: Sendable {
    private let host: ScratchHost
    private let probe: ScratchPlugin
    private let sibling: ChildPool

    static func run(installation: Installation) async throws -> [AttackOutcome] {
        let program = try installation.probe
        var outcomes = try await ScratchHost.with(installation) { host in
            let sibling = try await host.pool(
                try host.plugin("sibling", program: program), ["/plugin/cloister-probe"], tenant: "sibling")
            try await sibling.warm()
            // Small, so that bombs go off soon.
            var limits = host.limits
            limits.memory = min(limits.memory, .mebibytes(96))
            limits.processes = min(limits.processes, 48)
            limits.cpu = 0.5
            let probe = try host.plugin("probe", program: program, limits: limits)
            // Something to attack where documents are handed over.
            try FileCopy.write("a document\n", to: probe.folders.exchangeIn + "/document.txt")
            let run = AttackRun(host: host, probe: probe, sibling: sibling)
            return try await run.fromInside() + EgressAttacks.run(host, probe) + (await run.lifecycle())
                + (await run.protocolAbuse())
        }
        outcomes.append(try await DaemonKill.attempt(installation))
        return outcomes.sorted { ($0.number, $0.title) < ($1.number, $1.title) }
    }

    /// What the probe tries by itself: system calls, files, network.
    private func fromInside() async throws -> [AttackOutcome] {
        let pool = try await start()
        let answer = try await call(pool, "all", deadline: .seconds(300))
        let outcomes = (answer.array ?? answer["attempts"]?.array ?? []).map { value in
            AttackOutcome(
                number: Int(value["number"]?.integer ?? 0),
                title: [value["title"]?.string, value["variant"]?.string].compactMap { $0 }.joined(separator: ": "),
                expected: value["expected"]?.string ?? "", got: value["got"]?.string ?? "",
                holds: value["holds"]?.bool ?? false)
        }
        guard !outcomes.isEmpty else { throw Problem(.pluginFailed, "the probe reported no attempt") }
        return outcomes
    }

    /// Bombs and stubbornness: what is left afterwards counts, not what the probe says.
    private func lifecycle() async -> [AttackOutcome] {
        var outcomes: [AttackOutcome] = []
        outcomes.append(await attempt(46, "fork bomb", expected: "refused at the limit, nothing left after the stop") { pool in
            let answer = try await call(pool, "fork-bomb", deadline: .seconds(20))
            return "\(answer["forked"]?.integer ?? -1) forked, then \(answer["error"]?.string ?? "no error")"
        })
        let memory = host.enforcement.memory
        outcomes.append(
            await attempt(
                47, "memory bomb", expected: memory ? "the whole group killed by OOM" : "refused by the process limit",
                holds: { got in memory ? got.contains("OOM") : true }
            ) { pool in
                let answer = try await call(pool, "memory-bomb", deadline: .seconds(30))
                return answer.compactText
            })
        outcomes.append(await attempt(48, "processor spin", expected: host.enforcement.cpu ? "half a core" : "no quota here; the sibling answers") { pool in
            _ = try await call(pool, "spin", ["seconds": 2, "threads": 2], deadline: .seconds(20))
            let used = await pool.status().instances.first?.cpuMicroseconds
            return used.map { "\($0 / 1000) ms of processor time in 2 s" } ?? "done"
        })
        for (number, tool, title) in [
            (49, "orphan", "double fork and setsid"), (50, "ignore-term", "SIGTERM ignored"),
            (50, "stop-self", "SIGSTOP on itself"),
        ] {
            outcomes.append(await attempt(number, title, expected: "nothing left after the stop") { pool in
                _ = try? await call(pool, tool, deadline: .milliseconds(500))
                return "asked to stop"
            })
        }
        return outcomes
    }

    private func protocolAbuse() async -> [AttackOutcome] {
        let modes: [(Int, String, String)] = [
            (54, "flood-line", "a line without end"), (55, "deep", "nested 100,000 deep"), (55, "bad-utf8", "bytes that are not UTF-8"),
            (55, "lone-surrogate", "half of a surrogate pair"), (55, "duplicate-keys", "keys that stand twice"),
            (56, "forged-ids", "answers with forged identifiers"), (57, "banner", "a banner on standard output"),
            (58, "flood-stderr", "a flood on standard error"), (59, "deaf", "standard input never read"),
            (60, "progress-flood", "progress for ever"), (61, "request-flood", "requests to the host without end"),
        ]
        var outcomes: [AttackOutcome] = []
        for (number, mode, title) in modes {
            outcomes.append(
                await attempt(number, title, mode: mode, expected: "an error or an answer, memory flat, nothing left") { pool in
                    let before = Memory.resident()
                    let got: String
                    do {
                        _ = try await call(pool, "echo", deadline: .seconds(1))
                        try await Task.sleep(for: .milliseconds(500))
                        let strikes = await pool.log(last: 100).count { $0.text.hasPrefix("strike") }
                        got = "answered, \(strikes) strikes"
                    } catch let problem as Problem {
                        got = problem.message
                    }
                    let growth = Memory.resident() - before
                    return growth < 64 << 20 ? got : "the host grew by \(growth >> 20) MiB"
                })
        }
        return outcomes
    }

    /// Starts the probe, lets `body` misbehave, stops it, and looks for what is left and whether the sibling answers.
    private func attempt(
        _ number: Int, _ title: String, mode: String? = nil, expected: String,
        holds: (String) -> Bool = { !$0.contains("the host grew") }, _ body: (ChildPool) async throws -> String
    ) async -> AttackOutcome {
        var got: String
        var isHeld: Bool
        do {
            let pool = try await start(mode)
            do { got = try await body(pool) } catch { got = (error as? Problem)?.message ?? "\(error)" }
            if case .outOfMemory? = await pool.status().lastEnd?.reason.kind { got = "killed by OOM" }
            isHeld = holds(got)
            await pool.stop(refusing: Problem(.shuttingDown, "the attempt is over"))
            let left = await pool.status().instances.count { $0.processID != nil }
            if left > 0 {
                got += "; \(left) processes left"
                isHeld = false
            }
            _ = try await call(sibling, "echo", deadline: .seconds(5))
        } catch {
            got = "the sibling does not answer: \(error.message)"
            isHeld = false
        }
        return AttackOutcome(number: number, title: title, expected: expected, got: got, holds: isHeld)
    }

    private func start(_ mode: String? = nil) async throws(Problem) -> ChildPool {
        var deadlines = ChildMachine.Deadlines()
        deadlines.start = .seconds(3)
        deadlines.stop = .milliseconds(300)
        return try await host.pool(probe, ["/plugin/cloister-probe"] + (mode.map { [$0] } ?? []), deadlines: deadlines)
    }

    private func call(
        _ pool: ChildPool, _ tool: String, _ input: JSONValue = [:], deadline: Duration
    ) async throws(Problem) -> JSONValue {
        let parameters: JSONValue = ["name": .string(tool), "input": input]
        let answer = try await pool.call("tool/call", ByteBuffer(bytes: parameters.bytes), deadline: deadline)
        return try JSONValue.parse(Array(answer.readableBytesView), as: tool)["output"] ?? .null
    }
}

/// What this process takes.
enum Memory {
    /// Resident bytes of a process; 0 when it is gone.
    static func resident(of process: String = "self") -> Int64 {
        guard let file = fopen("/proc/\(process)/statm", "re") else { return 0 }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 256)
        let count = fread(&line, 1, 255, file)
        let fields = String(decoding: line[..<count], as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
