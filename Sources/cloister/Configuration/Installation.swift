import Glibc
import Model

/// Finds what belongs to this executable: in an installation below its prefix, or in a working copy beside the package.
struct Installation: Sendable {
    /// The folder that holds the running executable.
    let folder: String
    private let configuration: DaemonConfiguration

    init(folder: String, configuration: DaemonConfiguration) {
        self.folder = folder
        self.configuration = configuration
    }

    /// For the running process.
    init(configuration: DaemonConfiguration = DaemonConfiguration()) throws(Problem) {
        guard let executable = realpath("/proc/self/exe", nil) else {
            throw Problem(.internalFault, "cannot tell where this executable lies", cause: String(cString: strerror(errno)))
        }
        defer { free(executable) }
        self.init(folder: Path.folder(of: String(cString: executable)), configuration: configuration)
    }

    var launcher: String {
        get throws(Problem) { try program("cloister-launch", configured: configuration.launcher, key: "launcher") }
    }

    /// The executable that evaluates expressions.
    var worker: String { get throws(Problem) { try program("cloister-worker") } }

    /// The executable that `doctor --attack` runs inside a child.
    var probe: String { get throws(Problem) { try program("cloister-probe") } }

    /// The executable that `bench` measures against.
    var peer: String { get throws(Problem) { try program("cloister-peer") } }

    /// The folder of the sandbox profiles.
    var profiles: String {
        get throws(Problem) {
            let candidates = configuration.profiles.map { [$0] } ?? shared("profiles", inPackage: "sandbox-profiles")
            return try first(of: candidates, "the sandbox profiles", key: "profiles", where: Path.isFolder)
        }
    }

    /// The folders in which `plugin run NAME` looks for a bare name.
    var pluginFolders: [String] {
        configuration.plugins ?? shared("plugins", inPackage: "Sources/Bundled/Plugins").filter(Path.isFolder)
    }

    /// The folder of the SDKs that plugins find at `/sdk`, without symbolic links; nil where there is none.
    var sdks: String? {
        shared("sdks", inPackage: "Sources/Bundled/SDKs").first(where: Path.isFolder).flatMap(Path.resolved)
    }

    /// The files of the workflows' templates.
    var templates: [String] {
        guard let folder = shared("templates", inPackage: "Sources/Bundled/Templates").first(where: Path.isFolder) else { return [] }
        return Path.entries(of: folder).filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }

    /// The folder of a plugin that `plugin run NAME` names; `notFound` with the nearest name.
    func bundledPlugin(_ id: PluginID) throws(Problem) -> String {
        let found = pluginFolders.lazy.map { "\($0)/\(id)" }.first { access($0 + "/plugin.yaml", F_OK) == 0 }
        if let found { return found }
        let nearest = bundledPlugins.nearest(to: id.rawValue)
        throw Problem(
            .notFound, "plugin not found: \(id)",
            hint: nearest.map { "did you mean \($0)?" }
                ?? "looked in \(pluginFolders.joined(separator: " and ")); a folder of your own needs a slash in its name")
    }

    /// The names that `plugin run` knows.
    var bundledPlugins: [String] {
        pluginFolders.flatMap { folder in
            Path.entries(of: folder).filter { access("\(folder)/\($0)/plugin.yaml", F_OK) == 0 }
        }
    }

    private func program(_ name: String, configured: String? = nil, key: String? = nil) throws(Problem) -> String {
        let candidates =
            configured.map { [$0] }
            ?? [Path.absolute(name, from: folder), Path.absolute("../lib/cloister/\(name)", from: folder)]
        return try first(of: candidates, name, key: key, where: Path.isExecutableFile)
    }

    /// Below `share` of the prefix, and in the package that the executable was built in.
    private func shared(_ name: String, inPackage source: String) -> [String] {
        [Path.absolute("../share/cloister/\(name)", from: folder)]
            + (packageFolder.map { [Path.absolute(source, from: $0)] } ?? [])
    }

    private var packageFolder: String? {
        var candidate = folder
        while candidate != "/" {
            if access(candidate + "/Package.swift", F_OK) == 0 { return candidate }
            candidate = Path.folder(of: candidate)
        }
        return nil
    }

    private func first(
        of candidates: [String], _ what: String, key: String?, where isUsable: (String) -> Bool
    ) throws(Problem) -> String {
        if let found = candidates.first(where: isUsable) { return found }
        throw Problem(
            .invalidConfiguration, "\(what) not found: looked for \(candidates.joined(separator: " and "))",
            hint: key.map { "install Cloister with make install, or set the key \($0)" }
                ?? "install Cloister with make install")
    }
}
