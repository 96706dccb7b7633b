import Glibc
package import Model
import Sandbox
import Store

/// Where the host and one plugin of one tenant hand each other files: `in` is read-only to the plugin, `out` is its own.
package struct ExchangeFolder: Sendable, Hashable {
    package let path: String

    package var inPath: String { path + "/in" }
    package var outPath: String { path + "/out" }

    /// Makes the folders. `out` is handed to the plugin's identity at each launch; the folders above let only the daemon
    /// pass.
    package init(making path: String) throws(Problem) {
        self.path = path
        for folder in [path, outPath] {
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw Problem(systemCall: "mkdir \(folder)") }
        }
        try Self.makeReadable(inPath)
    }

    /// A folder that the plugin's identity may read, whatever the daemon's umask is.
    private static func makeReadable(_ folder: String) throws(Problem) {
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST, chmod(folder, 0o755) == 0 else {
            throw Problem(systemCall: "mkdir \(folder)")
        }
    }

    /// Removes what an earlier daemon left below `in`.
    func clear() {
        try? FolderRemoval.remove(inPath)
        try? Self.makeReadable(inPath)
    }

    /// A new folder below `in`.
    func makePlace(_ name: String) throws(Problem) -> String {
        let place = "\(inPath)/\(name)"
        try Self.makeReadable(place)
        return place
    }

    /// Removes what `place` put there: one file in one folder, both made by the daemon.
    package func remove(place: String) {
        let parts = place.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return }
        unlink("\(inPath)/\(place)")
        rmdir("\(inPath)/\(parts[0])")
    }
}
