import Glibc
import HostTesting
import Model
import NIOCore
import Testing

@testable import Supervisor

/// Real sealed children; each test says what it does to them.
@Suite(.serialized) struct PoolTests {
    private func failure(_ body: () async throws -> some Any) async -> Problem? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? Problem
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a call starts the plugin and brings its answer back`() async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool()
            #expect(await pool.status().state == "idle")
            #expect(try await pool.tool("echo", ["text": "grüße", "number": 9_007_199_254_740_993]) == [
                "text": "grüße", "number": 9_007_199_254_740_993,
            ])
            #expect(await pool.status().state == "ready")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a plugin that ends during a call is explained to its caller, and the next call works`() async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool()
            let problem = await failure { try await pool.tool("exit", ["status": 3]) }
            #expect(problem?.code == .pluginFailed)
            #expect(problem?.message.contains("exited 3") == true, "\(String(describing: problem))")
            #expect(try await pool.tool("echo", ["again": true]) == ["again": true])
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a crash is named by its signal`() async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool()
            let problem = await failure { try await pool.tool("crash", ["signal": 11]) }
            #expect(problem?.message.contains("SIGSEGV") == true, "\(String(describing: problem))")
        }
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            ("exit-at-once 3", "exited 3"), ("wrong-protocol", "initialize"),
            ("silent", "did not answer `initialize`"), ("half-line", "exited"), ("deaf", "did not answer `initialize`"),
        ])
    func `a plugin that cannot be spoken with gives one clear error`(mode: String, words: String) async throws {
        try await SupervisorFixture.with { host in
            var deadlines = ChildMachine.Deadlines.short
            deadlines.start = .seconds(2)
            let pool = try await host.pool(
                command: ["/plugin/cloister-probe"] + mode.split(separator: " ").map(String.init), deadlines: deadlines)
            let problem = await failure { try await pool.tool("echo") }
            #expect(problem?.code == .pluginFailed)
            #expect(problem?.description.contains(words) == true, "\(String(describing: problem))")
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["banner", "flood-line", "flood-lines", "flood-garbage", "flood-stderr", "request-flood", "bad-utf8", "deep", "lone-surrogate", "duplicate-keys", "forged-ids"])
    func `memory stays flat and the daemon lives whatever a plugin writes`(mode: String) async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool(mode)
            let before = residentBytes()
            for _ in 0..<3 { _ = await failure { try await pool.tool("echo", [:], deadline: .seconds(2)) } }
            #expect(residentBytes() - before < 48 << 20)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a call past its deadline fails, and a plugin that then does not answer is ended`() async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool()
            let problem = await failure { try await pool.tool("stop-self", [:], deadline: .milliseconds(300)) }
            #expect(problem?.code == .deadlineExceeded)
            for _ in 0..<100 {
                if await pool.status().lastEnd?.reason.kind == .deadline { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(await pool.status().lastEnd?.reason.kind == .deadline)
            #expect(try await pool.tool("echo", ["after": 1]) == ["after": 1])
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `progress extends a deadline up to the hard limit only`() async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool("progress-flood")
            let start = ContinuousClock.now
            let problem = await failure {
                try await pool.tool("echo", [:], deadline: .milliseconds(300), hardLimit: .milliseconds(1500))
            }
            #expect(problem?.code == .deadlineExceeded)
            #expect(ContinuousClock.now - start >= .milliseconds(1400))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `cancelling the task cancels the call`() async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool()
            try await pool.warm()
            let task = Task { try await pool.tool("sleep", ["seconds": 30], deadline: .seconds(30)) }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            let problem = await failure { try await task.value }
            #expect(problem?.code == .cancelled)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["stubborn", "ignore-term", "stop-self", "orphan"])
    func `a stop leaves no process, however stubborn`(way: String) async throws {
        try await SupervisorFixture.with { host in
            let pool = way == "stubborn" ? try await host.pool(way) : try await host.pool()
            try await pool.warm()
            if way != "stubborn" { _ = await failure { try await pool.tool(way, [:], deadline: .milliseconds(500)) } }
            await pool.stop(refusing: Problem(.shuttingDown, "stopped"))
            #expect(processes(named: "cloister-probe", below: host.sandbox.folder) == 0)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `more calls start more instances, up to the maximum, and idle ones are stopped`() async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool(maximum: 3, idleStop: .milliseconds(500))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { _ = try await pool.tool("sleep", ["seconds": 1]) } }
                try await group.waitForAll()
            }
            #expect(await pool.status().instances.count == 3)
            try await Task.sleep(for: .milliseconds(2500))
            #expect(await pool.status().state == "idle")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `spare instances are up before anyone calls`() async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool(maximum: 3, spare: 2)
            for _ in 0..<100 {
                if await pool.status().instances.count(where: { $0.state == "ready" }) == 2 { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(await pool.status().instances.count { $0.state == "ready" } == 2)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a plugin that keeps failing is set aside until it is brought back`() async throws {
        try await SupervisorFixture.with { host in
            let pool = try await host.pool("exit-at-once", "1")
            var problem: Problem?
            for _ in 0..<9 {
                problem = await failure { try await pool.tool("echo", [:], deadline: .seconds(30)) }
            }
            #expect(problem?.message.contains("set aside") == true, "\(String(describing: problem))")
            #expect(await pool.status().state == "quarantined")
            await pool.resume()
            #expect(await pool.status().state != "quarantined")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `what a plugin wrote to standard error goes with its failure`() async throws {
        try await SupervisorFixture.with { host in
            try host.sandbox.write("complain", "#!/bin/sh\necho 'no such codec: \u{1B}[31mfoo' >&2\nexit 4\n")
            let pool = try await host.pool(command: ["/plugin/complain"])
            let problem = await failure { try await pool.tool("echo") }
            #expect(problem?.cause?.contains("no such codec: \u{FFFD}[31mfoo") == true, "\(String(describing: problem))")
            #expect(await pool.log(last: 50).contains { $0.text.contains("no such codec") })
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `one too many who would follow a log is told so, and the next has the place of one who left`() async throws {
        try await SupervisorFixture.with { host in
            try host.sandbox.write("complain", "#!/bin/sh\necho 'a line' >&2\nexit 4\n")
            let pool = try await host.pool(command: ["/plugin/complain"])
            _ = await failure { try await pool.tool("echo") }
            var streams = (0..<PoolJournal.followerLimit).map { _ in pool.followLog(last: 1) }
            var lines = pool.followLog(last: 1).makeAsyncIterator()
            do {
                let line = try await lines.next()
                Issue.record("followed by one too many: \(String(describing: line))")
            } catch let problem as Problem {
                #expect(problem.code == .retryLater)
                #expect(problem.message == "16 follow the log of this plugin already")
            }
            streams.removeLast()
            var isAdmitted = false
            for _ in 0..<1000 where !isAdmitted {
                var lines = pool.followLog(last: 1).makeAsyncIterator()
                isAdmitted = (try? await lines.next()) != nil
                if !isAdmitted { try await Task.sleep(for: .milliseconds(10)) }
            }
            #expect(isAdmitted)
            withExtendedLifetime(streams) {}
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["/plugin/missing", "/plugin/not-executable", "/plugin/other-architecture"])
    func `an executable that cannot be executed is named with the reason`(path: String) async throws {
        try await SupervisorFixture.with { host in
            try host.sandbox.write("not-executable", "#!/bin/sh\n", mode: 0o644)
            // An ELF header of a machine that this is not (EM_S390).
            try host.sandbox.write("other-architecture", "\u{7F}ELF\u{2}\u{2}\u{1}")
            let pool = try await host.pool(command: [path])
            let problem = await failure { try await pool.tool("echo") }
            #expect(problem?.message.contains("executing the plugin failed at \(path)") == true, "\(String(describing: problem))")
        }
    }
}

/// Resident bytes of this process.
private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "re") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    fgets(&line, 256, file)
    let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
    return (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
}

/// Live processes whose executable has the name and whose root is not the host's.
private func processes(named name: String, below folder: String) -> Int {
    guard let directory = opendir("/proc") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
        let process = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard Int(process) != nil, let file = fopen("/proc/\(process)/cmdline", "re") else { continue }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        fgets(&line, 256, file)
        if String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).hasSuffix("/plugin/\(name)") { count += 1 }
    }
    return count
}
