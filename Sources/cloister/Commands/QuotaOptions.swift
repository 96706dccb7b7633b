import ArgumentParser
import Control
import Model

/// The parts of a quota that a command sets.
struct QuotaOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp("Memory of all children together, for example 512MiB.", valueName: "size"),
        transform: QuotaOptions.size)
    var memory: ByteSize?

    @Option(help: ArgumentHelp("Processes and threads of all children together.", valueName: "n"))
    var processes: Int?

    @Option(help: ArgumentHelp("Processor cores, for example 0.5.", valueName: "cores"))
    var cpu: Double?

    @Option(
        help: ArgumentHelp("Share when processors are short: 1 to 10000, 100 being ordinary.", valueName: "n"))
    var cpuWeight: Int?

    @Option(
        help: ArgumentHelp("Disk for private folders and documents, for example 1GiB.", valueName: "size"),
        transform: QuotaOptions.size)
    var disk: ByteSize?

    var change: QuotaChange {
        QuotaChange(memory: memory, processes: processes, cpu: cpu, cpuWeight: cpuWeight, disk: disk)
    }

    static func size(_ text: String) throws -> ByteSize {
        guard let size = ByteSize(parsing: text) else {
            throw ValidationError("not a size: write 64KiB, 512MiB, 1GiB or a number of bytes")
        }
        return size
    }
}
