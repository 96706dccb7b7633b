package import Model

/// What a group may use, in the terms of the kernel's files (Documentation/admin-guide/cgroup-v2.rst). Pure.
package struct ControlGroupLimits: Sendable, Equatable {
    package enum Controller: String, Sendable, CaseIterable {
        case cpu, memory, pids, io
    }

    /// One value for one file.
    package struct Setting: Sendable, Equatable {
        package var controller: Controller
        package var file: String
        package var value: String
        /// Whether some kernels lack the file although they have the controller.
        package var isOptional = false
    }

    package var memory: ByteSize?
    package var processes: Int?
    /// Processor time per second of time.
    package var cpu: Double?
    package var cpuWeight: Int?
    package var io = InputOutputLimits()
    /// Whether the kernel ends all processes of the group when it must end one for lack of memory.
    package var endsTogether = false

    package init() {}

    /// What all children of a tenant may use together.
    package init(_ quota: Quota) {
        memory = quota.memory
        processes = quota.processes
        cpu = quota.cpu
        cpuWeight = quota.cpuWeight
    }

    /// What one child may use.
    package init(_ limits: ProfileLimits) {
        memory = limits.memory
        processes = limits.processes
        cpu = limits.cpu
        cpuWeight = limits.cpuWeight
        io = limits.io
        endsTogether = true
    }

    /// The files to write, for the disk with this number (`8:0`), if it is known.
    package func settings(disk: String?) -> [Setting] {
        var settings: [Setting] = []
        if let memory {
            settings.append(Setting(controller: .memory, file: "memory.max", value: "\(memory.bytes)"))
            // Without this a group at its limit swaps instead of ending, and slows everyone down. Absent where the kernel
            // does not account for swap.
            settings.append(Setting(controller: .memory, file: "memory.swap.max", value: "0", isOptional: true))
            settings.append(
                Setting(controller: .memory, file: "memory.oom.group", value: endsTogether ? "1" : "0", isOptional: true))
        }
        if let processes { settings.append(Setting(controller: .pids, file: "pids.max", value: "\(processes)")) }
        if let cpu {
            // The kernel refuses less than 1 ms.
            let period = 100_000
            let time = max(1000, Int((cpu * Double(period)).rounded()))
            settings.append(Setting(controller: .cpu, file: "cpu.max", value: "\(time) \(period)"))
        }
        if let cpuWeight { settings.append(Setting(controller: .cpu, file: "cpu.weight", value: "\(cpuWeight)")) }
        if let disk, !io.isUnlimited {
            var words = [disk]
            if let read = io.read { words.append("rbps=\(read.bytes)") }
            if let write = io.write { words.append("wbps=\(write.bytes)") }
            if let operations = io.readOperations { words.append("riops=\(operations)") }
            if let operations = io.writeOperations { words.append("wiops=\(operations)") }
            settings.append(Setting(controller: .io, file: "io.max", value: words.joined(separator: " ")))
        }
        return settings
    }
}
