import GRDB
import Glibc
import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

@Suite(.timeLimit(.minutes(2))) struct AuditTests {
    @Test func `a change is written down before it is made, and what came of it after`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                let during = try await fixture.audit.record(AuditFixture.attempt(), in: AuditFixture.place) {
                    try await fixture.entries.map(\.kind)
                }
                #expect(during == [.intent])
                await #expect(throws: Problem.self) {
                    try await fixture.audit.record(AuditFixture.attempt(), in: AuditFixture.place) {
                        throw Problem(.notFound, "no such plugin")
                    }
                }
                let entries = try await fixture.entries
                #expect(entries.map(\.kind) == [.intent, .outcome, .intent, .outcome])
                #expect(entries.map(\.outcome) == ["", "done", "", "notFound"])
                #expect(entries.map(\.intent) == [nil, 1, nil, 3])
                #expect(try await fixture.verdict().finding == nil)
            }
        }
    }

    @Test func `changes at the same time share transactions, and each has its entries`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<200 {
                        group.addTask {
                            try await fixture.audit.record(AuditFixture.attempt(subject: "\(index)"), in: AuditFixture.place) {}
                        }
                    }
                    try await group.waitForAll()
                }
                let entries = try await fixture.entries
                #expect(entries.map(\.sequence) == Array(1...400))
                for index in 0..<200 {
                    #expect(entries.filter { $0.attempt.subject == "\(index)" }.map(\.kind) == [.intent, .outcome])
                }
                #expect(try await fixture.verdict().finding == nil)
            }
        }
    }

    @Test func `what came of a change is written down where the task was cancelled meanwhile`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                let task = Task {
                    try await fixture.audit.record(AuditFixture.attempt(), in: AuditFixture.place) {
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
                try await task.value
                let entries = try await fixture.entries
                #expect(entries.map(\.outcome) == ["", "done"])
            }
        }
    }

    @Test func `a change that is one transaction is made if and only if it is written down`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                let tenant = try await fixture.store.tenant(try #require(AuditFixture.place.tenant))
                try await tenant.write { try $0.execute(sql: "CREATE TABLE thing (number INTEGER PRIMARY KEY)") }
                func make(_ number: Int) async throws {
                    try await fixture.audit.record(
                        AuditFixture.attempt(subject: "\(number)"), in: AuditFixture.place,
                        preparing: {
                            if number == 0 { throw Problem(.invalidInput, "not a number") }
                            return { try $0.execute(sql: "INSERT INTO thing VALUES (?)", arguments: [number]) }
                        })
                }
                func things() async throws -> [Int] {
                    try await tenant.read { try Int.fetchAll($0, sql: "SELECT number FROM thing ORDER BY number") }
                }
                try await make(1)
                await #expect(throws: Problem.self) { try await make(1) }
                await #expect(throws: Problem.self) { try await make(0) }
                let entries = try await fixture.entries
                #expect(entries.map(\.kind) == [.intent, .outcome, .intent, .outcome, .intent, .outcome])
                #expect(entries.map(\.intent) == [nil, 1, nil, 3, nil, 5])
                #expect(entries.map(\.outcome) == ["", "done", "", "internalFault", "", "invalidInput"])
                #expect(entries.map(\.attempt.subject) == ["1", "1", "1", "1", "0", "0"])
                #expect(try await things() == [1])
                #expect(try await fixture.verdict().finding == nil)
                try await tenant.write { try $0.execute(sql: "ALTER TABLE audit RENAME TO elsewhere") }
                await #expect(throws: Problem.self) { try await make(2) }
                #expect(try await things() == [1])
            }
        }
    }

    @Test func `a change that begins while a log is read for the first time is not taken for interrupted`() async throws {
        try await AuditFixture.with { (folder) async throws in
            for round in 0..<40 {
                try await AuditFixture.life(folder) { (fixture) async throws in
                    async let change: Void = fixture.audit.record(AuditFixture.attempt(subject: "\(round)"), in: AuditFixture.place) {
                        try await Task.sleep(for: .milliseconds(2))
                    }
                    _ = try await fixture.verdict()
                    try await change
                    #expect(try await fixture.entries.map(\.outcome).contains(AuditEntry.interrupted) == false, "round \(round)")
                }
            }
        }
    }

    @Test func `what an ended daemon left open is closed as interrupted, once`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await fixture.change(1)
                _ = try await fixture.audit.writer(of: AuditFixture.place).append(
                    AuditWriter.Draft(kind: .intent, attempt: AuditFixture.attempt()))
            }
            for _ in 0..<2 {
                try await AuditFixture.life(folder) { (fixture) async throws in
                    let entries = try await fixture.entries
                    #expect(entries.map(\.outcome) == ["", "done", "", "interrupted"])
                    #expect(entries.last?.intent == 3)
                    #expect(try await fixture.verdict().finding == nil)
                }
            }
        }
    }

    @Test func `a change that cannot be written down is not made, but for one that only takes away`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await fixture.tamper("DROP TABLE auditOpen")
                var made: [String] = []
                await #expect(throws: Problem.self) {
                    try await fixture.audit.record(AuditFixture.attempt(), in: AuditFixture.place) { made.append("change") }
                }
                try await fixture.audit.record(AuditFixture.attempt("key/revoke"), in: AuditFixture.place, brakes: true) {
                    made.append("brake")
                }
                #expect(made == ["brake"])
                #expect(fixture.complaints.all.count == 2)
            }
        }
    }

    @Test func `a flood of denials leaves two entries a kind, with their number`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                for _ in 0..<500 {
                    await fixture.audit.deny(AuditFixture.attempt(), outcome: "permissionDenied", in: AuditFixture.place)
                }
                #expect(try await fixture.entries.map(\.count) == [1])
                await fixture.audit.finish()
                #expect(try await fixture.entries.map(\.count) == [1, 499])
                #expect(try await fixture.verdict().finding == nil)
            }
        }
    }

    @Test func `kinds of denials beyond the table's bound count as one`() {
        var denials = AuditDenials()
        var written = 0
        for index in 0..<(AuditDenials.limit * 3) {
            let attempt = AuditFixture.attempt("method \(index)")
            if denials.note(attempt, outcome: "permissionDenied", in: AuditFixture.place, at: 0) != nil { written += 1 }
        }
        #expect(written == AuditDenials.limit + 1)
        let repeats = denials.take(at: AuditDenials.interval)
        #expect(repeats.map(\.count) == [Int64(AuditDenials.limit * 2 - 1)])
        #expect(repeats.first?.kind.method == AuditDenials.various)
        // What did not come again is forgotten, so that there is room for others.
        #expect(denials.note(AuditFixture.attempt("new"), outcome: "permissionDenied", in: AuditFixture.place, at: 1) != nil)
    }

    @Test func `what goes on being denied has one entry an interval`() {
        var denials = AuditDenials()
        var entries = 0
        for second in 0..<600 {
            let time = Int64(second) * 1000
            if denials.note(AuditFixture.attempt(), outcome: "permissionDenied", in: AuditFixture.place, at: time) != nil {
                entries += 1
            }
            entries += denials.take(at: time).count
        }
        #expect(entries == 10)
    }

    @Test func `a pruned log still verifies, and its anchor cannot be taken away`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await fixture.change(5)
                await fixture.audit.checkpoint()
                try await fixture.tamper("UPDATE auditLog SET name = name")
                let middle = try await fixture.entries[6].time
                #expect(try await fixture.audit.prune(AuditFixture.place, before: middle + 1) >= 6)
                var verdict = try await fixture.verdict()
                #expect(verdict.finding == nil, "\(String(describing: verdict.finding))")
                #expect((verdict.first ?? 0) > 6)
                #expect(verdict.last == 10)
                // It goes on, also when everything but the last entry is old.
                try await fixture.change(1)
                _ = try await fixture.audit.prune(AuditFixture.place, before: .max)
                await fixture.audit.checkpoint()
                verdict = try await fixture.verdict()
                #expect(verdict.finding == nil)
                #expect(verdict.first == 12 && verdict.last == 12)
                try await fixture.tamper("DELETE FROM auditCheckpoint WHERE kind = 'anchor'")
                #expect(try await fixture.verdict().finding?.fault == .missing)
            }
        }
    }

    @Test func `what is broken is not pruned`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await fixture.change(3)
                try await fixture.tamper("UPDATE audit SET principal = 'x' WHERE sequence = 2")
                let refused = await problem { try await fixture.audit.prune(AuditFixture.place, before: .max) }
                #expect(refused?.code == .conflict)
                #expect(try await fixture.entries.count == 6)
            }
        }
    }

    @Test func `the key is made once, for the daemon alone, and checkpoints hold over its lives`() async throws {
        try await AuditFixture.with { (folder) async throws in
            var keys: Set<[UInt8]> = []
            for _ in 0..<3 {
                try await AuditFixture.life(folder) { (fixture) async throws in
                    try await fixture.change(1)
                    await fixture.audit.finish()
                    keys.insert(fixture.audit.publicKey)
                    #expect(try await fixture.verdict().finding == nil)
                }
            }
            #expect(keys.count == 1)
            var status = stat()
            #expect(stat(folder + "/audit/key", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            chmod(folder + "/audit/key", 0o644)
            let refused = await problem { try await AuditFixture.life(folder) { (_) async throws in } }
            #expect(refused?.code == .permissionDenied)
        }
    }

    @Test func `pages and exports give the entries of a time, each once`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await fixture.change(300)
                var (listed, cursor): ([Int64], Int64?) = ([], nil)
                repeat {
                    let page = try await fixture.audit.list(AuditFixture.place, before: cursor, limit: 70)
                    listed += page.entries.map(\.sequence)
                    cursor = page.cursor
                } while cursor != nil
                #expect(listed == Array((1...600).reversed()))
                var exported: [Int64] = []
                try await fixture.audit.export(AuditFixture.place) { exported.append($0.sequence) }
                #expect(exported == Array(1...600))
                let times = try await fixture.entries.map(\.time)
                let range = AuditRange(from: times[200], to: times[400])
                var some: [Int64] = []
                try await fixture.audit.export(AuditFixture.place, range) { some.append($0.time) }
                #expect(some == times.filter { $0 >= times[200] && $0 < times[400] })
            }
        }
    }
}
