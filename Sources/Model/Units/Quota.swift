/// What a tenant may use at once, over all its children.
package struct Quota: Hashable, Sendable {
    package var memory: ByteSize
    package var processes: Int
    /// Processor time per second of time: 0.5 is half a core.
    package var cpu: Double
    /// Share among tenants when processors are short: 1 to 10,000, 100 being ordinary.
    package var cpuWeight: Int
    /// Bytes in the private folders of the tenant's plugins and in its documents.
    package var disk: ByteSize

    package init(memory: ByteSize, processes: Int, cpu: Double, cpuWeight: Int, disk: ByteSize) {
        self.memory = memory
        self.processes = processes
        self.cpu = cpu
        self.cpuWeight = cpuWeight
        self.disk = disk
    }

    /// For a tenant about whom nothing was said.
    package static let ordinary = Quota(
        memory: .mebibytes(512), processes: 128, cpu: 1, cpuWeight: 100, disk: .gibibytes(1))

    /// Refuses what no kernel could enforce or no plugin could start under.
    package func validated() throws(Problem) -> Quota {
        func refuse(_ what: String, _ range: String) -> Problem {
            Problem(.invalidInput, "quota out of range: \(what)", hint: "allowed: \(range)")
        }
        guard memory >= .mebibytes(16) else { throw refuse("memory \(memory)", "at least 16MiB") }
        guard (4...4_000_000).contains(processes) else { throw refuse("processes \(processes)", "4 to 4000000") }
        guard cpu.isFinite, (0.01...1024).contains(cpu) else { throw refuse("cpu \(cpu)", "0.01 to 1024 cores") }
        guard (1...10_000).contains(cpuWeight) else { throw refuse("cpu-weight \(cpuWeight)", "1 to 10000") }
        guard disk >= .mebibytes(1) else { throw refuse("disk \(disk)", "at least 1MiB") }
        return self
    }
}
