import Model
import Testing

@testable import Control

struct QuotaChangeTests {
    @Test func `what a change leaves out stays`() throws {
        let quota = try QuotaChange(memory: .gibibytes(2), cpu: 0.25).applied(to: .ordinary)
        #expect(quota == Quota(memory: .gibibytes(2), processes: 128, cpu: 0.25, cpuWeight: 100, disk: .gibibytes(1)))
        #expect(QuotaChange().isEmpty)
        #expect(!QuotaChange(processes: 4).isEmpty)
    }

    @Test(arguments: [
        QuotaChange(memory: .kibibytes(1)), QuotaChange(processes: 0), QuotaChange(cpu: 0), QuotaChange(cpuWeight: 10_001),
        QuotaChange(disk: ByteSize(bytes: 0)),
    ])
    func `a change beyond what can be enforced is refused`(change: QuotaChange) {
        #expect(throws: Problem.self) { try change.applied(to: .ordinary) }
    }
}
