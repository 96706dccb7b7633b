import Glibc
package import Model

/// How much disk a folder takes up.
package struct FolderUsage {
    private struct FileIdentity: Hashable {
        let device: dev_t
        let number: ino_t

        init(_ status: stat) {
            device = status.st_dev
            number = status.st_ino
        }
    }

    /// A folder on the way from the top to where the walk is, with its folders that are still to be visited.
    private struct Level {
        let identity: FileIdentity
        var pending: [[CChar]] = []
    }

    private var blocks: Int64 = 0
    /// Whether a folder was met that this process may not look into.
    package private(set) var hasClosed = false
    package var size: ByteSize { ByteSize(bytes: blocks * 512) }
    private var shared: Set<FileIdentity> = []

    /// The blocks of all files below a folder, a file with several names once. Links are not followed, other file systems
    /// not entered, and what cannot be read counts nothing. Blocks.
    package static func measure(_ path: String) -> FolderUsage {
        var usage = FolderUsage()
        usage.walk(path)
        return usage
    }

    /// Goes down by names and up by `..`, with one descriptor, as someone may have nested folders beyond any limit.
    private mutating func walk(_ path: String) {
        var here = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard here >= 0 else { return noteRefusal() }
        defer { close(here) }
        guard var level = enter(here) else { return }
        let device = level.identity.device
        var above: [Level] = []
        while true {
            if let name = level.pending.popLast() {
                let inner = openat(here, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                guard inner >= 0 else {
                    noteRefusal()
                    continue
                }
                guard let next = enter(inner), next.identity.device == device else {
                    close(inner)
                    continue
                }
                close(here)
                here = inner
                above.append(level)
                level = next
            } else {
                guard let parent = above.popLast() else { return }
                let outer = openat(here, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                guard outer >= 0 else { return }
                close(here)
                here = outer
                var status = stat()
                // Moved away under the walk: the rest of it is somewhere else.
                guard fstat(here, &status) == 0, FileIdentity(status) == parent.identity else { return }
                level = parent
            }
        }
    }

    /// Counts the files of an open folder and lists its folders.
    private mutating func enter(_ folder: Int32) -> Level? {
        var status = stat()
        guard fstat(folder, &status) == 0 else { return nil }
        var level = Level(identity: FileIdentity(status))
        blocks += Int64(status.st_blocks)
        let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else {
            noteRefusal()
            return level
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \.d_name)!)
                .assumingMemoryBound(to: CChar.self)
            if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { continue }
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                noteRefusal()
                continue
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                level.pending.append(Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1)))
            } else if status.st_nlink == 1 || shared.insert(FileIdentity(status)).inserted {
                blocks += Int64(status.st_blocks)
            }
        }
        return level
    }

    /// What is gone meanwhile is not closed.
    private mutating func noteRefusal() { if errno == EACCES { hasClosed = true } }
}
