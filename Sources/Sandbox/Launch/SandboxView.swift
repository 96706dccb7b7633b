/// What a sealed child sees of the world: a pure description of its root folder.
///
/// Read-only: the system folders, the plugin's own folder, the host's SDKs, what the profile adds. Writable: `/data`, `/exchange/out`
/// and a sized `/tmp`. Nothing that can be written can be executed.
package struct SandboxView: Sendable, Equatable {
    package var system: SystemFolders
    /// Absolute host paths without symbolic links.
    package var pluginFolder: String
    package var dataFolder: String?
    package var exchangeIn: String?
    package var exchangeOut: String?
    /// What plugins are written with: seen at `/sdk`, where nothing is executed.
    package var sdkFolder: String?
    /// Host paths that appear under the same name, read-only.
    package var readOnly: [String]
    package var temporarySize: Int64
    package var temporaryInodes: Int64
    package var showsProcesses: Bool
    package var hostname: String
    package var userID: UInt32
    package var groupID: UInt32

    package init(
        system: SystemFolders, pluginFolder: String, dataFolder: String?, exchangeIn: String?, exchangeOut: String?,
        sdkFolder: String? = nil, readOnly: [String], temporarySize: Int64, temporaryInodes: Int64, showsProcesses: Bool, hostname: String,
        userID: UInt32 = 1000, groupID: UInt32 = 1000
    ) {
        self.system = system
        self.pluginFolder = pluginFolder
        self.dataFolder = dataFolder
        self.exchangeIn = exchangeIn
        self.exchangeOut = exchangeOut
        self.sdkFolder = sdkFolder
        self.readOnly = readOnly
        self.temporarySize = temporarySize
        self.temporaryInodes = temporaryInodes
        self.showsProcesses = showsProcesses
        self.hostname = hostname
        self.userID = userID
        self.groupID = groupID
    }

    /// The steps that make it, parents before children. `handsOver`: writable folders are given to the plugin's identity.
    package func mounts(handsOver: Bool) -> [LaunchPlan.Mount] {
        var made: Set<String> = []
        var steps: [LaunchPlan.Mount] = []
        func folder(_ path: String) {
            guard !path.isEmpty, made.insert(path).inserted else { return }
            steps.append(.directory(path))
        }
        func writable(_ source: String, at target: String) {
            steps.append(.bind(source, at: target, writable: true, executable: false, refusingLinks: true))
            if handsOver { steps.append(.own(target)) }
        }

        for entry in system.entries {
            switch entry {
            case .folder(let name):
                steps.append(.bind("/" + name, at: name, writable: false, executable: true, refusingLinks: true))
            case .link(let name, let target): steps.append(.link(to: target, at: name))
            }
        }
        steps.append(.bind(pluginFolder, at: "plugin", writable: false, executable: true, refusingLinks: true))
        if let sdkFolder {
            steps.append(.bind(sdkFolder, at: "sdk", writable: false, executable: false, refusingLinks: true))
        }
        if let dataFolder { writable(dataFolder, at: "data") }
        if exchangeIn != nil || exchangeOut != nil { folder("exchange") }
        if let exchangeIn {
            steps.append(.bind(exchangeIn, at: "exchange/in", writable: false, executable: false, refusingLinks: true))
        }
        if let exchangeOut { writable(exchangeOut, at: "exchange/out") }
        steps.append(.temporary(at: "tmp", size: temporarySize, inodes: temporaryInodes, mode: 0o700))

        folder("dev")
        for name in ["null", "zero", "full", "random", "urandom"] {
            steps.append(.device("/dev/" + name, at: "dev/" + name))
        }
        if showsProcesses {
            steps.append(.processes(at: "proc"))
            steps.append(.link(to: "/proc/self/fd", at: "dev/fd"))
            for (number, name) in ["stdin", "stdout", "stderr"].enumerated() {
                steps.append(.link(to: "/proc/self/fd/\(number)", at: "dev/" + name))
            }
        }

        folder("etc")
        steps += etc
        if system.hasAlternatives {
            steps.append(
                .bind("/etc/alternatives", at: "etc/alternatives", writable: false, executable: true, refusingLinks: true))
        }
        for path in readOnly {
            let relative = String(path.drop { $0 == "/" })
            let parents = relative.split(separator: "/").dropLast()
            for count in parents.indices { folder(parents[...count].joined(separator: "/")) }
            steps.append(.bind(path, at: relative, writable: false, executable: true, refusingLinks: false))
        }
        return steps
    }

    /// Made up: enough for programs that ask who they are, nothing of the host.
    private var etc: [LaunchPlan.Mount] {
        [
            .file(
                "etc/passwd",
                content: "root:x:0:0::/:/bin/false\nplugin:x:\(userID):\(groupID):plugin:/data:/bin/false\n"),
            .file("etc/group", content: "root:x:0:\nplugin:x:\(groupID):\n"),
            .file("etc/hosts", content: "127.0.0.1 localhost \(hostname)\n::1 localhost\n"),
            .file("etc/nsswitch.conf", content: "passwd: files\ngroup: files\nhosts: files\n"),
        ]
    }
}
