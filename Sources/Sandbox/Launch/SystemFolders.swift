import Glibc

/// How this host lays out its system folders: real folders are bound read-only, links of a merged /usr are copied as links.
package struct SystemFolders: Sendable, Equatable {
    package enum Entry: Sendable, Equatable {
        case folder(String)
        case link(String, to: String)
    }

    package let entries: [Entry]
    /// Whether there is /etc/alternatives: links into /usr through which Debian's programs such as awk are found.
    package let hasAlternatives: Bool

    package init(entries: [Entry], hasAlternatives: Bool = false) {
        self.entries = entries
        self.hasAlternatives = hasAlternatives
    }

    /// Looks at the root folder: /usr, /bin, /sbin and every /lib….
    package static func probe() -> SystemFolders {
        let names = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"]
        return SystemFolders(
            entries: names.compactMap { name in
                var file = stat()
                guard lstat("/" + name, &file) == 0 else { return nil }
                switch file.st_mode & S_IFMT {
                case S_IFDIR: return .folder(name)
                case S_IFLNK:
                    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
                    let count = buffer.withUnsafeMutableBytes {
                        readlink("/" + name, $0.bindMemory(to: CChar.self).baseAddress!, $0.count)
                    }
                    guard count > 0 else { return nil }
                    return .link(name, to: String(decoding: buffer[..<count], as: UTF8.self))
                default: return nil
                }
            },
            hasAlternatives: access("/etc/alternatives", R_OK) == 0)
    }
}
