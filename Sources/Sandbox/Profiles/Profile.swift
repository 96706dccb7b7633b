package import Model

/// How strictly a kind of plugin is confined: one file of `sandbox-profiles/`, with what it extends filled in.
///
/// A profile can only choose among walls: namespaces, the private root, no capabilities and no_new_privs hold under
/// every profile.
package struct Profile: Sendable, Equatable {
    package enum LandlockUse: String, Sendable, CaseIterable {
        /// As far as the kernel goes; `cloister doctor` reports what is lost.
        case on
        /// Nothing starts on a kernel without it.
        case required
    }

    package var name: String
    /// One line for people.
    package var summary = ""
    package var hostname = "cloister"
    /// What the child gets beyond the five variables that every child has.
    package var environment: [String: String] = [:]
    package var filesystem = FilesystemView()
    package var limits = ProfileLimits()
    package var landlock = LandlockUse.on
    /// Whether the interface `lo` of the child's own network is up. There is no other interface.
    package var raisesLoopback = false
    /// Whether memory that was writable never becomes executable: no just-in-time compiler.
    package var refusesWritableCode = false
    /// Bytes in one line of the plugin's output before it counts as a violation.
    package var lineLimit = ByteSize.mebibytes(8)
    /// Bytes per second of standard error that are read before the daemon lets the plugin wait.
    package var standardErrorRate = ByteSize.mebibytes(1)
    package var systemCalls = SystemCallPolicy()

    package init(name: String) { self.name = name }
}

/// What a profile adds to the root of every child.
package struct FilesystemView: Sendable, Equatable {
    /// Absolute paths of the host that the child sees at the same place, read-only, in addition to `/usr` and its links.
    package var readOnly: [String] = []
    package var temporarySize = ByteSize.mebibytes(64)
    /// How many files and folders `/tmp` can hold.
    package var temporaryFiles = 4096
    /// Whether there is a `/proc`, of the child's own processes.
    package var showsProcesses = true

    package init() {}
}

/// What one child may use. A manifest and the tenant's quota can only lower it.
package struct ProfileLimits: Sendable, Equatable {
    package var memory = ByteSize.mebibytes(256)
    /// Processes and threads together, the launcher's reaper included.
    package var processes = 64
    /// Processor time per second of time.
    package var cpu = 1.0
    /// Share when processors are short: 1 to 10,000, 100 being ordinary.
    package var cpuWeight = 100
    /// Open descriptors of one process.
    package var files = 256
    package var fileSize = ByteSize.mebibytes(256)
    package var coreSize = ByteSize(bytes: 0)
    /// Nil is the host's own, commonly 8 MiB.
    package var stack: ByteSize?
    package var io = InputOutputLimits()

    package init() {}
}

/// Transfer with the disk under the data folder, per second; nil is unlimited.
package struct InputOutputLimits: Sendable, Equatable {
    package var read: ByteSize?
    package var write: ByteSize?
    package var readOperations: Int?
    package var writeOperations: Int?

    package init(
        read: ByteSize? = nil, write: ByteSize? = nil, readOperations: Int? = nil, writeOperations: Int? = nil
    ) {
        self.read = read
        self.write = write
        self.readOperations = readOperations
        self.writeOperations = writeOperations
    }

    package var isUnlimited: Bool { self == InputOutputLimits() }
}
