package import Model

/// The parts of a quota that a request wants to set; what it leaves out stays as it is.
package struct QuotaChange: Hashable, Sendable {
    package var memory: ByteSize?
    package var processes: Int?
    package var cpu: Double?
    package var cpuWeight: Int?
    package var disk: ByteSize?

    package init(
        memory: ByteSize? = nil, processes: Int? = nil, cpu: Double? = nil, cpuWeight: Int? = nil, disk: ByteSize? = nil
    ) {
        self.memory = memory
        self.processes = processes
        self.cpu = cpu
        self.cpuWeight = cpuWeight
        self.disk = disk
    }

    package var isEmpty: Bool { self == QuotaChange() }

    /// The quota with the changes made; `invalidInput` where the result is out of range.
    package func applied(to quota: Quota) throws(Problem) -> Quota {
        var result = quota
        if let memory { result.memory = memory }
        if let processes { result.processes = processes }
        if let cpu { result.cpu = cpu }
        if let cpuWeight { result.cpuWeight = cpuWeight }
        if let disk { result.disk = disk }
        return try result.validated()
    }

    /// Takes the members `memory`, `processes`, `cpu`, `cpuWeight` and `disk`; sizes are whole numbers of bytes.
    init(taking parameters: inout ControlParameters) throws(Problem) {
        memory = try parameters.optionalSize("memory")
        processes = try parameters.optionalCount("processes", in: 0...Int(Int32.max))
        cpu = try parameters.members.optionalNumber("cpu")
        cpuWeight = try parameters.optionalCount("cpuWeight", in: 0...Int(Int32.max))
        disk = try parameters.optionalSize("disk")
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        members["memory"] = memory.map { .integer($0.bytes) }
        members["processes"] = processes.map { .integer(Int64($0)) }
        members["cpu"] = cpu.map(JSONValue.number)
        members["cpuWeight"] = cpuWeight.map { .integer(Int64($0)) }
        members["disk"] = disk.map { .integer($0.bytes) }
        return members
    }
}
