import Dispatch
import GRDB
import Glibc
import Model
import Synchronization
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(2))) struct GroupCommitTests {
    @Test func `changes that come together share one commit, and each is there when its caller is told`() async throws {
        try await withFile { file in
            let commits = Commits()
            file.pool.add(transactionObserver: commits)
            try await meanwhile(in: file, count: 40) { number in
                try await file.write { try $0.execute(sql: "INSERT INTO a VALUES (?)", arguments: [number]) }
                let isThere = try await file.read {
                    try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM a WHERE x = ?)", arguments: [number])
                }
                #expect(isThere == true)
            }
            // The one that held the writer, and the forty.
            #expect(commits.count == 2)
        }
    }

    @Test func `one that fails is undone alone`() async throws {
        try await withFile { file in
            let failures = Counter()
            try await meanwhile(in: file, count: 30) { number in
                do throws(Problem) {
                    try await file.write { database in
                        try database.execute(sql: "INSERT INTO a VALUES (?)", arguments: [number])
                        if number % 3 == 0 { throw Problem(.conflict, "mine: \(number)") }
                        if number % 3 == 1 { try database.execute(sql: "INSERT INTO a VALUES (?)", arguments: [number]) }
                    }
                } catch {
                    failures.add()
                    #expect(number % 3 != 2)
                    if number % 3 == 0 { #expect(error == Problem(.conflict, "mine: \(number)")) }
                }
            }
            #expect(failures.count == 20)
            let kept = try await file.read { try Int.fetchAll($0, sql: "SELECT x FROM a ORDER BY x") }
            #expect(kept == (0..<30).filter { $0 % 3 == 2 })
        }
    }

    @Test func `one whose task is cancelled before its turn is not made, unless it is to be made all the same`() async throws {
        try await withFile { file in
            for isCancellable in [true, false] {
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await file.write(cancellable: isCancellable) {
                        try $0.execute(sql: "INSERT INTO a VALUES (?)", arguments: [isCancellable ? 1 : 2])
                    }
                }
                if isCancellable {
                    await #expect(throws: Problem.self) { try await task.value }
                } else {
                    try await task.value
                }
            }
            #expect(try await file.read { try Int.fetchAll($0, sql: "SELECT x FROM a") } == [2])
        }
    }

    @Test func `after a patient change others wait, and one that is not patient ends that`() async throws {
        try await withFile { file in
            let commits = GroupCommit(file.pool, longestRest: .seconds(5))
            try await commits.perform(patient: true) { _ in _ = usleep(3_000_000) }
            let seen = Commits()
            file.pool.add(transactionObserver: seen)
            async let patient: Void = commits.perform(patient: true) { try $0.execute(sql: "INSERT INTO a VALUES (1)") }
            while commits.waitingCount == 0 { await Task.yield() }
            try await commits.perform { try $0.execute(sql: "INSERT INTO a VALUES (2)") }
            try await patient
            #expect(seen.count == 1)
            // And without one, they go on by themselves.
            try await commits.perform(patient: true) { try $0.execute(sql: "INSERT INTO a VALUES (3)") }
            try await commits.perform(patient: true) { try $0.execute(sql: "INSERT INTO a VALUES (4)") }
            #expect(try await file.read { try Int.fetchAll($0, sql: "SELECT x FROM a ORDER BY x") } == [1, 2, 3, 4])
        }
    }

    @Test func `one through which all is lost fails alone, and the others are made again`() async throws {
        try await withFile { file in
            try file.limit { .kibibytes(256) }
            try await meanwhile(in: file, count: 20) { number in
                do throws(Problem) {
                    try await file.write { database in
                        // More than the file may have, in one statement.
                        let sql = number == 10 ? "INSERT INTO b VALUES (randomblob(1000000))" : "INSERT INTO a VALUES (\(number))"
                        try database.execute(sql: sql)
                    }
                    #expect(number != 10)
                } catch {
                    #expect(number == 10)
                    #expect(error.code == .quotaExceeded)
                    #expect(error.message == "x has reached its quota of 256KiB")
                }
            }
            #expect(try await file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM a") } == 19)
        }
    }

    @Test func `a commit that fails through one of its changes fails for that one`() async throws {
        try await withFile { file in
            try await meanwhile(in: file, count: 10) { number in
                do throws(Problem) {
                    try await file.write { database in
                        try database.execute(sql: "INSERT INTO a VALUES (?)", arguments: [number])
                        // Found to be wrong only when it is committed.
                        if number == 5 { try database.execute(sql: "INSERT INTO child VALUES (999)") }
                    }
                    #expect(number != 5)
                } catch {
                    #expect(number == 5)
                }
            }
            #expect(try await file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM a") } == 9)
        }
    }

    @Test func `who is cancelled while waiting changes nothing`() async throws {
        try await withFile { file in
            let (gate, holder) = await hold(file)
            let cancelled = Task { () -> Problem? in
                do throws(Problem) {
                    try await file.write { try $0.execute(sql: "INSERT INTO a VALUES (1)") }
                    return nil
                } catch {
                    return error
                }
            }
            while file.commits.waitingCount < 1 { await Task.yield() }
            cancelled.cancel()
            gate.signal()
            #expect(await cancelled.value?.code == .cancelled)
            try await holder.value
            #expect(try await file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM a") } == 0)
        }
    }

    @Test func `more than may wait are told to come again`() async throws {
        try await withFile { file in
            let (gate, holder) = await hold(file)
            var refused = 0
            await withTaskGroup(of: Problem.Code?.self) { group in
                for _ in 0..<(GroupCommit.waitingLimit + 5) { group.addTask { await Self.refusal(of: file) } }
                for await code in group {
                    guard let code else { continue }
                    #expect(code == .retryLater)
                    refused += 1
                    // Only now: nobody may have left before all had come.
                    if refused == 5 { gate.signal() }
                }
            }
            try await holder.value
            #expect(refused == 5)
        }
    }

    private static func refusal(of file: DatabaseFile) async -> Problem.Code? {
        do throws(Problem) {
            try await file.write { _ in }
            return nil
        } catch {
            return error.code
        }
    }

    private func withFile(_ body: (DatabaseFile) async throws -> Void) async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let step = MigrationStep("1") { database in
                try database.execute(
                    sql: """
                        CREATE TABLE a (x INTEGER UNIQUE);
                        CREATE TABLE b (x BLOB);
                        CREATE TABLE parent (x INTEGER PRIMARY KEY);
                        CREATE TABLE child (x INTEGER REFERENCES parent (x) DEFERRABLE INITIALLY DEFERRED);
                        """)
            }
            let file = try DatabaseFile(path + "/x.db", named: "x", steps: [step])
            try await body(file)
            try file.close()
        }
    }

    /// Keeps the writer busy until the gate is opened.
    private func hold(_ file: DatabaseFile) async -> (DispatchSemaphore, Task<Void, any Error>) {
        let gate = DispatchSemaphore(value: 0)
        let (started, signal) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await file.write { _ in
                signal.finish()
                gate.wait()
            }
        }
        for await _ in started {}
        return (gate, holder)
    }

    /// Lets `count` callers come while the writer is busy.
    private func meanwhile(
        in file: DatabaseFile, count: Int, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let (gate, holder) = await hold(file)
        let callers = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count { group.addTask { try await body(number) } }
                try await group.waitForAll()
            }
        }
        while file.commits.waitingCount < count { await Task.yield() }
        gate.signal()
        try await callers.value
        try await holder.value
    }
}

private final class Commits: TransactionObserver, Sendable {
    private let commits = Atomic(0)
    var count: Int { commits.load(ordering: .relaxed) }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { commits.add(1, ordering: .relaxed) }
    func databaseDidRollback(_ db: Database) {}
}

private final class Counter: Sendable {
    private let number = Atomic(0)
    var count: Int { number.load(ordering: .relaxed) }
    func add() { number.add(1, ordering: .relaxed) }
}
