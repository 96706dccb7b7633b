import Glibc
import Model

/// What of a plugin's folder goes into its package, in the one order that it can have there.
enum FolderListing {
    /// What tools leave in a folder and nobody means to publish.
    static let ignored: Set<String> = [".git", ".hg", ".svn", ".cloister", ".build", ".DS_Store", "__pycache__"]

    /// All entries below the folder by the bytes of their paths, so that a folder comes before what it holds.
    ///
    /// Modes keep only whether the owner may execute. Throws for what no package can hold, such as a FIFO.
    static func entries(of folder: String, limits: PackageLimits) throws(Problem) -> [LayerEntry] {
        var entries: [LayerEntry] = []
        var pending = [""]
        while let path = pending.popLast() {
            for name in try names(in: path.isEmpty ? folder : "\(folder)/\(path)") where !isIgnored(name, at: path) {
                let entry = try entry(path.isEmpty ? name : "\(path)/\(name)", in: folder)
                entries.append(entry)
                if entry.kind == .folder { pending.append(entry.path) }
                guard entries.count <= limits.entries else {
                    throw Problem(.invalidInput, "\(folder): more than \(limits.entries) files and folders")
                }
            }
        }
        return entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func isIgnored(_ name: String, at path: String) -> Bool {
        ignored.contains(name) || name.hasSuffix(".pyc") || (path.isEmpty && name.hasSuffix(PackageFormat.suffix))
    }

    private static func names(in folder: String) throws(Problem) -> [String] {
        guard let stream = opendir(folder) else {
            throw Problem(.permissionDenied, "cannot read the folder: \(folder)", cause: String(cString: strerror(errno)))
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let bytes = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \.d_name)!)
                .assumingMemoryBound(to: CChar.self)
            guard let name = String(validatingCString: bytes) else {
                throw Problem(.invalidInput, "\(folder): a file name that is not UTF-8", hint: "rename it")
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func entry(_ path: String, in folder: String) throws(Problem) -> LayerEntry {
        var status = stat()
        guard lstat("\(folder)/\(path)", &status) == 0 else {
            throw Problem(.invalidInput, "cannot read \(folder)/\(path)", cause: String(cString: strerror(errno)))
        }
        let executable: UInt32 = status.st_mode & 0o100 != 0 ? 0o755 : 0o644
        switch status.st_mode & S_IFMT {
        case S_IFREG: return LayerEntry(path: path, kind: .file, mode: executable, size: Int64(status.st_size))
        case S_IFDIR: return LayerEntry(path: path, kind: .folder, mode: 0o755, size: 0)
        case S_IFLNK:
            return LayerEntry(path: path, kind: .link(target: try target(of: path, in: folder)), mode: 0o777, size: 0)
        default: return LayerEntry(path: path, kind: .foreign("special file"), mode: executable, size: 0)
        }
    }

    private static func target(of path: String, in folder: String) throws(Problem) -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            readlink("\(folder)/\(path)", bytes.bindMemory(to: CChar.self).baseAddress!, bytes.count)
        }
        guard count >= 0, let target = String(validating: buffer[..<count], as: UTF8.self) else {
            throw Problem(.invalidInput, "cannot read the link \(folder)/\(path)")
        }
        return target
    }
}
