import Sandbox

extension Pool {
    var status: PoolStatus {
        let instances = instances.filter { $0.state != .stopped || $0.record.ends > 0 }.map { child in
            let usage = child.group?.usage()
            return PoolStatus.Instance(
                key: child.key, state: child.state.word, processID: child.processID,
                memoryBytes: usage?.memoryBytes, memoryPeakBytes: usage?.memoryPeakBytes,
                cpuMicroseconds: usage?.cpuMicroseconds, inFlight: child.inFlight, restarts: child.record.ends)
        }
        let last = lastEnd
        return PoolStatus(
            tenant: tenant, plugin: plugin, state: word, instances: instances,
            lastEnd: last.map {
                PoolStatus.End(instance: $0.0, reason: $0.1.reason, time: $0.1.time, errors: $0.1.errors)
            })
    }

    /// Why its instances were set aside; nil for a pool that is not quarantined.
    var quarantine: ExitReason? { word == "quarantined" ? lastEnd?.1.reason : nil }

    private var lastEnd: (Int, ChildRecord.End)? {
        instances.compactMap { child in child.record.lastEnd.map { (child.key.instance, $0) } }.max { $0.1.time < $1.1.time }
    }

    private var word: String {
        if isStopped { return "stopped" }
        let states = Set(instances.map(\.state.word))
        for word in ["ready", "handshaking", "starting", "backing off", "quarantined", "draining", "stopping"]
        where states.contains(word) { return word }
        return "idle"
    }
}
