import Model
import Store
import Testing

@testable import Tenancy

/// Whoever can write the file is found out, whatever he does to it.
@Suite(.timeLimit(.minutes(2))) struct AuditTamperingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let fault: AuditFinding.Fault
        let sequence: Int64
    }

    /// Of twenty entries, with a checkpoint over the twelfth and one over the last.
    static let cases = [
        Case(
            testDescription: "an entry says something else", sql: "UPDATE audit SET principal = 'somebody' WHERE sequence = 5",
            fault: .changed, sequence: 5),
        Case(
            testDescription: "an entry has another time", sql: "UPDATE audit SET time = time + 1 WHERE sequence = 7",
            fault: .changed, sequence: 7),
        Case(
            testDescription: "what fields say moves from one to the next",
            sql: "UPDATE audit SET method = method || substr(subject, 1, 1), subject = substr(subject, 2) WHERE sequence = 3",
            fault: .changed, sequence: 3),
        Case(
            testDescription: "an entry is of a kind that there is not", sql: "UPDATE audit SET kind = 'nothing' WHERE sequence = 4",
            fault: .changed, sequence: 4),
        Case(
            testDescription: "a digest is another one", sql: "UPDATE audit SET digest = zeroblob(32) WHERE sequence = 6",
            fault: .changed, sequence: 6),
        Case(testDescription: "an entry is gone", sql: "DELETE FROM audit WHERE sequence = 8", fault: .missing, sequence: 8),
        Case(
            testDescription: "the first entries are gone", sql: "DELETE FROM audit WHERE sequence <= 3", fault: .missing,
            sequence: 1),
        Case(
            testDescription: "an entry is gone and the others moved up",
            sql: """
                DELETE FROM audit WHERE sequence = 8;
                UPDATE audit SET sequence = -sequence + 1 WHERE sequence > 8;
                UPDATE audit SET sequence = -sequence WHERE sequence < 0;
                """, fault: .reordered, sequence: 8),
        Case(
            testDescription: "two entries are the other way round",
            sql: """
                UPDATE audit SET sequence = -1 WHERE sequence = 9;
                UPDATE audit SET sequence = 9 WHERE sequence = 10;
                UPDATE audit SET sequence = 10 WHERE sequence = -1;
                """, fault: .reordered, sequence: 9),
        Case(
            testDescription: "the end is cut", sql: "DELETE FROM audit WHERE sequence > 15", fault: .truncated, sequence: 16),
        Case(
            testDescription: "the end is cut, with the checkpoints over it",
            sql: "DELETE FROM audit WHERE sequence > 15; DELETE FROM auditCheckpoint WHERE sequence > 15", fault: .truncated,
            sequence: 16),
        Case(
            testDescription: "everything is gone",
            sql: "DELETE FROM audit; DELETE FROM auditCheckpoint", fault: .truncated, sequence: 1),
        Case(
            testDescription: "a checkpoint is signed by somebody else",
            sql: "UPDATE auditCheckpoint SET signature = zeroblob(64) WHERE sequence = 12", fault: .checkpointSignature,
            sequence: 12),
        Case(
            testDescription: "a checkpoint is taken for an anchor",
            sql: "DELETE FROM audit WHERE sequence <= 12; UPDATE auditCheckpoint SET kind = 'anchor' WHERE sequence = 12",
            fault: .checkpointSignature, sequence: 12),
        Case(
            testDescription: "another log stands in its place", sql: "UPDATE auditLog SET name = 'another'",
            fault: .missing, sequence: 1),
    ]

    @Test(arguments: cases) func `a log that was tampered with is found out, and where`(tampering: Case) async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await fixture.change(6)
                await fixture.audit.checkpoint()
                try await fixture.change(4)
                await fixture.audit.checkpoint()
                #expect(try await fixture.verdict().finding == nil)
                try await fixture.tamper(tampering.sql)
                let finding = try #require(try await fixture.verdict().finding)
                #expect(finding.fault == tampering.fault, "\(finding)")
                #expect(finding.sequence == tampering.sequence, "\(finding)")
            }
        }
    }

    @Test func `a chain that was written anew from an entry on no longer fits the checkpoint over it`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await fixture.change(3)
                await fixture.audit.checkpoint()
                try await fixture.change(2)
                await fixture.audit.checkpoint()
                let entries = try await fixture.entries
                try await fixture.tamper("DELETE FROM audit WHERE sequence >= 8")
                // Whoever wrote the source can do this, too.
                try await fixture.store.tenant(AuditFixture.acme).write { database in
                    var previous = entries[6].digest
                    for old in entries[7...] {
                        let forged = AuditEntry(
                            old.sequence, old.time, old.kind, AuditFixture.attempt("plugin/disable"), outcome: old.outcome,
                            intent: old.intent, previous: previous)
                        try forged.insert(into: database)
                        previous = forged.digest
                    }
                }
                let finding = try #require(try await fixture.verdict().finding)
                #expect(finding.fault == .changed)
                // The last signature before vouches for the entries up to the sixth.
                #expect(finding.sequence == 7, "\(finding)")
            }
        }
    }

    @Test func `one entry forged together with its digest is told from the one behind it`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await fixture.change(3)
                let old = try await fixture.entries[2]
                try await fixture.tamper("DELETE FROM audit WHERE sequence = 3")
                try await fixture.store.tenant(AuditFixture.acme).write { database in
                    try AuditEntry(
                        3, old.time, old.kind, AuditFixture.attempt("plugin/disable"), previous: old.previous
                    ).insert(into: database)
                }
                let finding = try #require(try await fixture.verdict().finding)
                #expect(finding.fault == .changed && finding.sequence == 3, "\(finding)")
            }
        }
    }

    @Test func `nothing is signed over a log that was cut, so that the cut is seen for ever`() async throws {
        try await AuditFixture.with { (folder) async throws in
            try await AuditFixture.life(folder) { (fixture) async throws in
                try await fixture.change(5)
                await fixture.audit.checkpoint()
                try await fixture.tamper("DELETE FROM audit WHERE sequence > 4; DELETE FROM auditCheckpoint")
                try await fixture.change(5)
                await fixture.audit.checkpoint()
                #expect(!fixture.complaints.all.isEmpty)
                #expect(try await fixture.verdict().finding != nil)
            }
        }
    }
}
