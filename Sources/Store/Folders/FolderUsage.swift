import Glibc
package import Model

/// How much disk a folder takes up.
package enum FolderUsage {
    /// The blocks of all files below a folder, a file with several names once. Links are not followed, other file systems
    /// not entered, and what cannot be read counts nothing. Blocks.
    package static func measure(_ path: String) -> ByteSize {
        guard let name = strdup(path) else { return ByteSize(bytes: 0) }
        defer { free(name) }
        var names: [UnsafeMutablePointer<CChar>?] = [name, nil]
        guard let tree = fts_open(&names, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, nil) else { return ByteSize(bytes: 0) }
        defer { fts_close(tree) }
        struct File: Hashable {
            let device: dev_t
            let number: ino_t
        }
        var shared: Set<File> = []
        var blocks: Int64 = 0
        while let entry = fts_read(tree) {
            guard [FTS_F, FTS_D, FTS_SL, FTS_DEFAULT].contains(Int32(entry.pointee.fts_info)),
                let status = entry.pointee.fts_statp?.pointee
            else { continue }
            if status.st_nlink > 1, status.st_mode & S_IFMT != S_IFDIR,
                !shared.insert(File(device: status.st_dev, number: status.st_ino)).inserted
            {
                continue
            }
            blocks += Int64(status.st_blocks)
        }
        return ByteSize(bytes: blocks * 512)
    }
}
