import Glibc
package import Model

/// The control group of one child. Its folder stays open, for CLONE_INTO_CGROUP.
package final class ControlGroup: Sendable {
    package struct Usage: Sendable, Equatable {
        /// Nil without the memory controller.
        package var memoryBytes: Int64?
        /// Nil before Linux 5.19 too.
        package var memoryPeakBytes: Int64?
        package var cpuMicroseconds: Int64?
    }

    /// Absolute.
    package let path: String
    /// What `memory.max` was set to; nil where the kernel does not limit memory.
    package let memoryLimit: ByteSize?
    private let folder: ControlGroupFolder

    init(_ folder: consuming ControlGroupFolder, memoryLimit: ByteSize?) {
        path = folder.path
        self.folder = folder
        self.memoryLimit = memoryLimit
    }

    /// The open folder. Valid as long as this object.
    package var descriptor: Int32 { folder.descriptor.number }

    /// Sends SIGKILL to every process of the group, those that fork meanwhile included. Does not wait.
    package func kill() { Self.kill(folder) }

    /// Stops every process of the group until `thaw`. A frozen group can be killed.
    package func freeze() { _ = folder.write("cgroup.freeze", "1") }
    package func thaw() { _ = folder.write("cgroup.freeze", "0") }

    /// Whether any process is left, zombies that nobody waited for excluded.
    package var isPopulated: Bool { folder.value(of: "populated", in: "cgroup.events") == 1 }

    package func usage() -> Usage {
        Usage(
            memoryBytes: folder.integer("memory.current"), memoryPeakBytes: folder.integer("memory.peak"),
            cpuMicroseconds: folder.value(of: "usage_usec", in: "cpu.stat"))
    }

    /// Whether the kernel ended a process of the group for lack of memory, its own or its tenant's.
    package var ranOutOfMemory: Bool {
        ["oom_kill", "oom_group_kill"].contains { (folder.value(of: $0, in: "memory.events") ?? 0) > 0 }
    }

    /// Whether the group reached its own limit; where it ran out of memory without that, its tenant or the machine did.
    package var reachedMemoryLimit: Bool { (folder.value(of: "oom", in: "memory.events") ?? 0) > 0 }

    /// Ends what is left and removes the group. Blocks for at most 200 ms; false where something could not be ended.
    @discardableResult
    package func remove() -> Bool { Self.remove(path, within: .milliseconds(200)) }

    /// Kills a group with everything below it.
    static func kill(_ folder: borrowing ControlGroupFolder) {
        // Linux 5.14. Before it: freeze, so that nothing forks away, and signal each process.
        guard folder.write("cgroup.kill", "1") == ENOENT else { return }
        _ = folder.write("cgroup.freeze", "1")
        signalAll(folder.path)
    }

    private static func signalAll(_ path: String) {
        for child in ControlGroupFolder.children(of: path) { signalAll("\(path)/\(child)") }
        for _ in 0..<16 {
            guard let text = ControlGroupFolder.text(of: "\(path)/cgroup.procs") else { return }
            // A process of another pid namespace shows as 0, and kill(2) takes that for the caller's own group.
            let processes = text.split(separator: "\n").compactMap { pid_t($0) }.filter { $0 > 1 }
            if processes.isEmpty { return }
            for process in processes { _ = Glibc.kill(process, SIGKILL) }
        }
    }

    /// Kills and removes a group with everything below it. Processes need a moment to leave after SIGKILL.
    static func remove(_ path: String, within limit: Duration) -> Bool {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: limit)
        var pause: useconds_t = 250
        while true {
            for child in ControlGroupFolder.children(of: path) { _ = remove("\(path)/\(child)", within: .zero) }
            if rmdir(path) == 0 || errno == ENOENT { return true }
            if let folder = try? ControlGroupFolder(path) { kill(folder) }
            guard clock.now < end else { return false }
            usleep(pause)
            pause = min(pause * 2, 16_000)
        }
    }
}
