import Model

extension ProfileLimits {
    /// The limits of setrlimit(2) for a child: those that no control group has, and what stands in for the quotas that
    /// are not enforced here.
    package func resourceLimits(under enforcement: Enforcement) -> [LaunchPlan.ResourceLimit] {
        var limits: [LaunchPlan.ResourceLimit] = [
            // Zero would still pipe a core to the host's handler, with the plugin's memory in it; one stops both (core(5)).
            .init(.core, max(1, coreSize.bytes)), .init(.fileSize, fileSize.bytes), .init(.files, Int64(files)),
            // Enough for a program that keeps a key out of swap; the rest would be taken from everyone.
            .init(.lockedMemory, 64 << 10),
            .init(.pendingSignals, 1024), .init(.messageQueues, 0), .init(.niceness, 0), .init(.realTimePriority, 0),
        ]
        if let stack { limits.append(.init(.stack, stack.bytes)) }
        return limits + enforcement.standIns(for: self)
    }
}

extension Enforcement {
    /// For quotas of memory and processes that are not enforced here, the nearest thing that holds a single process.
    package func standIns(for limits: ProfileLimits) -> [LaunchPlan.ResourceLimit] {
        var standIns: [LaunchPlan.ResourceLimit] = []
        // Not the address space: V8 and Swift reserve far more than they use.
        if !memory { standIns.append(.init(.data, limits.memory.bytes)) }
        // Counted per user namespace since Linux 5.14; before, it would count the daemon's own processes too.
        if !processes { standIns.append(.init(.processes, Int64(limits.processes))) }
        return standIns
    }
}

extension LaunchPlan.ResourceLimit {
    /// RLIMIT_… of include/uapi/asm-generic/resource.h.
    fileprivate enum Kind: UInt32 {
        case fileSize = 1
        case data = 2
        case stack = 3
        case core = 4
        case processes = 6
        case files = 7
        case lockedMemory = 8
        case pendingSignals = 11
        case messageQueues = 12
        case niceness = 13
        case realTimePriority = 14
    }

    fileprivate init(_ kind: Kind, _ value: Int64) {
        self.init(resource: kind.rawValue, soft: UInt64(value), hard: UInt64(value))
    }
}
