import Glibc

/// Notices when something in a plugin's folder changes, by looking: names, sizes and times of its files, but not of hidden
/// ones, which editors and build tools change all the time.
struct FolderWatch: Sendable {
    static let interval = Duration.milliseconds(300)
    /// More entries than these are not looked at.
    static let limit = 10_000

    private struct Entry: Hashable {
        let path: String
        let size: Int
        let seconds: Int
        let nanoseconds: Int
        let inode: UInt64
    }

    private let folder: String
    private var state: Set<Entry>

    init(_ folder: String) {
        self.folder = folder
        state = Self.look(folder)
    }

    /// Returns when something has changed and then been left alone for a moment.
    mutating func change() async throws {
        while true {
            try await Task.sleep(for: Self.interval)
            let now = Self.look(folder)
            guard now != state else { continue }
            state = now
            try await Task.sleep(for: Self.interval)
            if Self.look(folder) == state { return }
        }
    }

    private static func look(_ folder: String) -> Set<Entry> {
        var found: Set<Entry> = []
        var folders = [folder]
        while let next = folders.popLast(), found.count < limit {
            for name in Path.entries(of: next) where !name.hasPrefix(".") && name != "__pycache__" {
                let path = "\(next)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR { folders.append(path) }
                found.insert(
                    Entry(
                        path: path, size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
                        nanoseconds: status.st_mtim.tv_nsec, inode: UInt64(status.st_ino)))
            }
        }
        return found
    }
}
