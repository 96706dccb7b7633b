import Glibc
package import Model

/// What lies in a folder, by name.
package enum FolderNames {
    /// In no order; throws where the folder cannot be read, and finds nothing where there is none.
    package static func list(_ path: String) throws(Problem) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw Problem(file: path, "cannot read the folder")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \.d_name)!)
                .assumingMemoryBound(to: CChar.self)
            names.append(String(cString: name))
        }
        return names.filter { $0 != "." && $0 != ".." }
    }
}
