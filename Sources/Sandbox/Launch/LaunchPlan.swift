/// Everything that cloister-launch does before it executes a plugin, in the order in which it does it.
///
/// A plan is complete: the launcher decides nothing. Paths called *target* lie in the new root and are relative to it.
package struct LaunchPlan: Sendable, Equatable {
    /// One step in building the filesystem view.
    package enum Mount: Sendable, Equatable {
        case directory(String, mode: UInt32 = 0o755)
        case link(to: String, at: String)
        case file(String, content: String)
        /// A folder or regular file of the host, with everything mounted below it; never honours setuid or devices.
        /// With `refusingLinks` no component of the source may be a symbolic link.
        case bind(String, at: String, writable: Bool, executable: Bool, refusingLinks: Bool)
        /// One of the five memory devices, checked by number.
        case device(String, at: String)
        /// A file system in memory that belongs to the plugin's identity.
        case temporary(at: String, size: Int64, inodes: Int64, mode: UInt32)
        case processes(at: String)
        /// Hands a folder made so far to the plugin's identity.
        case own(String)
    }

    /// Who the plugin is, inside and outside.
    package struct Identity: Sendable, Equatable {
        package enum Mapping: Sendable, Equatable {
            /// The plugin is the daemon's own user under another number.
            case single
            /// The daemon is root and writes the map itself.
            case direct(user: UInt32, group: UInt32)
            /// newuidmap and newgidmap write it, as /etc/subuid allows.
            case tools(user: UInt32, group: UInt32)
        }
        package var mapping: Mapping
        package var innerUser: UInt32
        package var innerGroup: UInt32

        package init(mapping: Mapping, innerUser: UInt32 = 1000, innerGroup: UInt32 = 1000) {
            self.mapping = mapping
            self.innerUser = innerUser
            self.innerGroup = innerGroup
        }
    }

    package struct ResourceLimit: Sendable, Equatable {
        /// RLIMIT_… as in setrlimit(2).
        package var resource: UInt32
        package var soft: UInt64
        package var hard: UInt64

        package init(resource: UInt32, soft: UInt64, hard: UInt64) {
            self.resource = resource
            self.soft = soft
            self.hard = hard
        }
    }

    package struct Landlock: Sendable, Equatable {
        package struct Rule: Sendable, Equatable {
            package var path: String
            package var access: UInt64
            package init(path: String, access: UInt64) {
                self.path = path
                self.access = access
            }
        }
        /// A TCP port of the child's own network.
        package struct PortRule: Sendable, Equatable {
            package var port: UInt16
            package var access: UInt64
            package init(port: UInt16, access: UInt64) {
                self.port = port
                self.access = access
            }
        }
        package var files: UInt64
        package var network: UInt64
        package var scopes: UInt64
        /// How many bytes of the ruleset attribute this kernel's Landlock knows: 8, 16 or 24.
        package var attributeSize: UInt64
        package var rules: [Rule]
        package var ports: [PortRule] = []

        package init(files: UInt64, network: UInt64, scopes: UInt64, attributeSize: UInt64, rules: [Rule]) {
            self.files = files
            self.network = network
            self.scopes = scopes
            self.attributeSize = attributeSize
            self.rules = rules
        }
    }

    /// An empty folder of the host on which the new root is built; only the sandbox sees what is there then.
    package var stage: String
    package var identity: Identity
    package var dropsGroups = false
    package var raisesLoopback = false
    /// The port on 127.0.0.1 of the child's own network on which it finds its way out; nil for a child without one.
    package var egressPort: UInt16?
    package var refusesWritableCode = false
    package var hostname: String
    package var mounts: [Mount]
    package var limits: [ResourceLimit]
    package var landlock: Landlock?
    package var filter: SyscallFilter
    package var directory: String
    package var program: String
    package var arguments: [String]
    package var environment: [String]

    package init(
        stage: String, identity: Identity, hostname: String, mounts: [Mount], limits: [ResourceLimit],
        landlock: Landlock?, filter: SyscallFilter, directory: String, program: String, arguments: [String],
        environment: [String]
    ) {
        self.stage = stage
        self.identity = identity
        self.hostname = hostname
        self.mounts = mounts
        self.limits = limits
        self.landlock = landlock
        self.filter = filter
        self.directory = directory
        self.program = program
        self.arguments = arguments
        self.environment = environment
    }
}
