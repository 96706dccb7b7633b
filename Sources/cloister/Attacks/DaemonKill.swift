import Control
import Glibc
import Model

/// Attack 51: a daemon that is killed leaves no child behind.
enum DaemonKill {
    static func attempt(_ installation: Installation) async throws -> AttackOutcome {
        let program = try installation.probe
        let got = try await ScratchDaemon.with(installation) { daemon in
            let tenant = try TenantID("killed")
            _ = try await daemon.send(.tenantCreate(tenant, name: nil, .init()))
            try await daemon.run(program, as: "orphaned", arguments: [], for: tenant)
            let children = ProcessTable.descendants(of: daemon.process)
            guard children.count >= 3 else { throw Problem(.internalFault, "the daemon under test has no children to kill") }
            kill(daemon.process, SIGKILL)
            for _ in 0..<100 where children.contains(where: ProcessTable.isAlive) {
                try await Task.sleep(for: .milliseconds(50))
            }
            return children.count(where: ProcessTable.isAlive)
        }
        return AttackOutcome(
            number: 51, title: "daemon killed by SIGKILL", expected: "no child left", got: got == 0 ? "no child left" : "\(got) left",
            holds: got == 0)
    }
}

/// Processes as /proc shows them.
enum ProcessTable {
    /// Children, their children and so on.
    static func descendants(of process: pid_t) -> [pid_t] {
        var children: [pid_t: [pid_t]] = [:]
        for candidate in all {
            if let parent = fields(candidate)?.parent { children[parent, default: []].append(candidate) }
        }
        var found: [pid_t] = []
        var next = [process]
        while let parent = next.popLast() {
            let below = children[parent] ?? []
            found += below
            next += below
        }
        return found
    }

    /// Whether it still runs; a zombie does not.
    static func isAlive(_ process: pid_t) -> Bool { fields(process).map { $0.state != "Z" && $0.state != "X" } ?? false }

    private static var all: [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var processes: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if let process = pid_t(name) { processes.append(process) }
        }
        return processes
    }

    private static func fields(_ process: pid_t) -> (state: Substring, parent: pid_t)? {
        guard let file = fopen("/proc/\(process)/stat", "re") else { return nil }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 512)
        let count = fread(&line, 1, 511, file)
        // The name in brackets may hold anything, also brackets and spaces.
        let text = String(decoding: line[..<count], as: UTF8.self)
        guard let bracket = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: bracket)...].split(separator: " ")
        guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
        return (fields[0], parent)
    }
}
