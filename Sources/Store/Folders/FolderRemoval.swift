import Glibc
package import Model

/// Removes whole folders without following a link out of them and without recursion, however deep someone nested them.
package enum FolderRemoval {
    private static let prefix = ".removing-"

    /// Removes the folder and all in it; also done where nothing was. Blocks.
    ///
    /// Folders inside are moved to the top before they are emptied, so the depth of a tree costs neither stack nor
    /// descriptors, and what a crash leaves behind a second run removes.
    package static func remove(_ path: String) throws(Problem) {
        guard let top = OpenFile(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
            if errno == ENOENT { return }
            guard errno == ENOTDIR || errno == ELOOP, unlink(path) == 0 else {
                throw Problem(file: path, "cannot remove the folder")
            }
            return
        }
        var next = 0
        var pending = try empty(top.number, into: top.number, &next, path)
        while let name = pending.popFirst() {
            let inner = openat(top.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            // Emptied and removed while its folder was read a second time.
            if inner < 0, errno == ENOENT { continue }
            guard inner >= 0 else { throw Problem(file: path, "cannot remove the folder") }
            let folder = OpenFile(owning: inner)
            pending.formUnion(try empty(folder.number, into: top.number, &next, path))
            guard unlinkat(top.number, name, AT_REMOVEDIR) == 0 else {
                throw Problem(file: path, "cannot remove the folder")
            }
        }
        guard rmdir(path) == 0 else { throw Problem(file: path, "cannot remove the folder") }
    }

    /// Removes the files of a folder and moves its folders that are not empty to the top; their names there.
    private static func empty(
        _ folder: Int32, into top: Int32, _ next: inout Int, _ path: String
    ) throws(Problem) -> Set<String> {
        // Whoever owns a folder may have closed it to himself.
        fchmod(folder, 0o700)
        let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw Problem(file: path, "cannot read the folder") }
        defer { closedir(stream) }
        var moved: Set<String> = []
        while let entry = readdir(stream) {
            let name = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \.d_name)!)
                .assumingMemoryBound(to: CChar.self)
            if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { continue }
            if unlinkat(folder, name, 0) == 0 || errno == ENOENT { continue }
            guard errno == EISDIR || errno == EPERM else {
                throw Problem(file: path, "cannot remove a file of the folder")
            }
            if unlinkat(folder, name, AT_REMOVEDIR) == 0 { continue }
            guard errno == ENOTEMPTY || errno == EEXIST || errno == EACCES else {
                throw Problem(file: path, "cannot remove a folder of the folder")
            }
            if folder == top, strncmp(name, prefix, prefix.utf8.count) == 0 {
                moved.insert(String(cString: name))
                continue
            }
            var target: String
            repeat {
                target = "\(prefix)\(next)"
                next += 1
            } while faccessat(top, target, F_OK, AT_SYMLINK_NOFOLLOW) == 0
            // A folder that is closed to its owner cannot move, because its `..` changes.
            fchmodat(folder, name, 0o700, 0)
            guard renameat(folder, name, top, target) == 0 else { throw Problem(file: path, "cannot empty the folder") }
            moved.insert(target)
        }
        return moved
    }
}
