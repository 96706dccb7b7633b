import Glibc

/// Where the package's own programs and files lie while its tests run.
package enum Built {
    /// The folder of the running test bundle, where the build puts every program.
    package static let folder: String = {
        let path = realpath("/proc/self/exe", nil)!
        defer { free(path) }
        let executable = String(cString: path)
        // Swift Testing runs inside a helper of the toolchain; the bundle is then named on its command line.
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? executable
        var folder = Substring(bundle)
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            if access(folder + "/cloister-launch", X_OK) == 0 { return String(folder) }
        }
        return "."
    }()

    package static func program(_ name: String) -> String { "\(folder)/\(name)" }

    /// The package's root folder.
    package static let root: String = {
        var folder = Substring(#filePath)
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            if access(folder + "/Package.swift", F_OK) == 0 { return String(folder) }
        }
        return "."
    }()
}
