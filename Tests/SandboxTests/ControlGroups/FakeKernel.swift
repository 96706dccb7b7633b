import Glibc
import Testing

@testable import Sandbox

/// A folder that behaves like the control group file system as far as making groups and writing limits go: a new group
/// is full of files, and a controller's files are there only where it was passed on.
struct FakeKernel: Sendable {
    let mount: String
    private let optional: Bool

    /// `controllers` are what the root can pass on. Without `optional` the kernel is old and has no optional file.
    init(controllers: [String], optional: Bool = true) throws {
        var template = Array("/tmp/cloister-groups-XXXXXX".utf8CString)
        mount = try #require(mkdtemp(&template).map { String(cString: $0) })
        self.optional = optional
        fill(mount, controllers)
    }

    func hierarchy(own: String = "/", versionOne: [String: String] = [:]) -> ControlGroupHierarchy {
        ControlGroupHierarchy(mount: mount, own: own, versionOne: versionOne) { path in
            guard mkdir(path, 0o755) == 0 else { return errno }
            let parent = "/" + path.split(separator: "/").dropLast().joined(separator: "/")
            fill(path, Self.controllers(passedOnBy: parent))
            return 0
        }
    }

    /// A group of somebody else's, such as the one that systemd makes for a service.
    func makeGroup(_ group: String, controllers: [String], processes: String = "") throws {
        let path = mount + group
        try #require(mkdir(path, 0o755) == 0)
        fill(path, controllers)
        Self.write(processes, to: path + "/cgroup.procs")
    }

    func text(_ path: String) -> String? { ControlGroupFolder.text(of: mount + "/" + path) }

    func erase() { Self.erase(mount) }

    private static func erase(_ path: String) {
        for child in ControlGroupFolder.children(of: path) { erase(path + "/" + child) }
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { unlink(path + "/" + name) }
        }
        closedir(directory)
        rmdir(path)
    }

    /// Each file of ours keeps the last write only, so what was passed on shows in the files that a child is given.
    private static func controllers(passedOnBy path: String) -> [String] {
        let possible = (ControlGroupFolder.text(of: path + "/cgroup.controllers") ?? "").split(separator: " ").map(String.init)
        let written = ControlGroupFolder.text(of: path + "/cgroup.subtree_control") ?? ""
        return written.isEmpty ? [] : possible
    }

    private func fill(_ path: String, _ controllers: [String]) {
        var files = ["cgroup.controllers", "cgroup.subtree_control", "cgroup.procs", "cgroup.kill", "cgroup.freeze", "cpu.stat"]
        if path != mount { files += ["cgroup.type", "cgroup.events"] }
        for controller in controllers {
            switch controller {
            case "cpu": files += ["cpu.max", "cpu.weight"]
            case "memory":
                files += ["memory.max", "memory.current", "memory.events"]
                if optional { files += ["memory.swap.max", "memory.oom.group", "memory.peak"] }
            case "pids": files += ["pids.max"]
            case "io": files += ["io.max"]
            default: break
            }
        }
        for file in files { Self.write("", to: path + "/" + file) }
        Self.write(controllers.joined(separator: " "), to: path + "/cgroup.controllers")
    }

    static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }
}
