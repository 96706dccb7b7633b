import Control
import Egress
import Model
import Plugins
import Sandbox
import Store
import Supervisor

extension ChildReport {
    init(_ instance: PoolStatus.Instance) {
        self.init(
            tenant: instance.key.tenant, plugin: instance.key.plugin, instance: String(instance.key.instance),
            state: instance.state, processID: instance.processID, memoryBytes: instance.memoryBytes,
            memoryPeakBytes: instance.memoryPeakBytes, cpuMicroseconds: instance.cpuMicroseconds,
            restarts: instance.restarts)
    }
}

extension PluginReport {
    init(_ snapshot: PluginHost.Snapshot) {
        self.init(
            id: snapshot.id, name: snapshot.name, version: snapshot.version, tenant: snapshot.tenant,
            folder: snapshot.folder, state: snapshot.status.state,
            installation: InstallationReport(snapshot.standing),
            tools: snapshot.tools.map { Tool(name: $0.name, description: $0.description) },
            instances: snapshot.status.instances.map(ChildReport.init),
            lastExit: snapshot.status.lastEnd.map(ExitReport.init))
    }
}

extension EgressReport {
    init(_ usage: EgressUsage) {
        self.init(
            sentBytes: usage.sent, receivedBytes: usage.received, requests: usage.requests, refusals: usage.refusals,
            connections: Int64(usage.connections))
    }
}

extension InstallationReport {
    init(_ standing: PluginStanding) {
        self.init(
            status: standing.status.rawValue, problem: standing.problem, digest: standing.digest?.description,
            isPinned: standing.isPinned, notice: standing.notice,
            releases: standing.releases.map {
                Release(
                    version: $0.version.description, digest: $0.digest.description, role: $0.role.rawValue,
                    signers: $0.signers)
            }, needs: standing.needs)
    }
}

extension ExitReport {
    init(_ end: PoolStatus.End) {
        // One list of kinds, in two modules that do not know each other.
        self.init(
            kind: Kind(rawValue: end.reason.kind.rawValue) ?? .signalled, reason: end.reason.description,
            at: Timestamp(secondsSince1970: end.time).description, stderr: end.errors.joined(separator: "\n"))
    }
}

extension LogLine {
    init(_ entry: ChildLog.Entry) {
        self.init(
            number: entry.number, at: Timestamp(secondsSince1970: entry.time).description, instance: String(entry.instance),
            level: entry.source == .errors ? nil : entry.level, text: entry.text)
    }
}

extension EnforcementReport {
    init(_ enforcement: Enforcement) {
        self.init(
            controlGroup: enforcement.controlGroup, memory: enforcement.memory, processes: enforcement.processes,
            cpu: enforcement.cpu, io: enforcement.io, kill: enforcement.kill, missing: enforcement.missing)
    }
}
