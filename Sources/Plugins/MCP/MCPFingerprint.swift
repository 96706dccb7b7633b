import Crypto
import Glibc
import Model

/// Tells one program from another without reading it: a digest over its command, its executable and every file of its
/// folder, each by path, place on the disk, size, mode and times. Blocks.
///
/// The time of the last change of state (`st_ctime`, inode(7)) is among them, which nobody can set: a file that was written
/// over and given its old time of modification is another.
enum MCPFingerprint {
    /// Files beyond these do not count.
    static let fileLimit = 50_000

    static func make(of folder: PluginFolder) -> String {
        var hash = SHA256()
        hash.update(data: Array(folder.manifest.command.joined(separator: "\0").utf8))
        add(folder.executablePath, to: &hash)
        var left = fileLimit
        walk(folder.path, depth: 0, &left, &hash)
        return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func walk(_ path: String, depth: Int, _ left: inout Int, _ hash: inout SHA256) {
        guard depth < 64, let directory = opendir(path) else { return }
        var names: [String] = []
        while left > 0, let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            left -= 1
            names.append(name)
        }
        closedir(directory)
        for name in names.sorted() where add("\(path)/\(name)", to: &hash) {
            walk("\(path)/\(name)", depth: depth + 1, &left, &hash)
        }
    }

    /// Whether it is a folder.
    @discardableResult
    private static func add(_ path: String, to hash: inout SHA256) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        // A folder's own times change with what is written beside the code, and say nothing about it.
        let facts = isFolder
            ? [0]
            : [
                Int64(status.st_size), Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec),
                Int64(status.st_ctim.tv_sec), Int64(status.st_ctim.tv_nsec), Int64(status.st_ino), Int64(bitPattern: UInt64(status.st_dev)),
            ]
        let text = path + "\0" + facts.map { String($0) }.joined(separator: ",") + ",\(status.st_mode)\n"
        hash.update(data: Array(text.utf8))
        return isFolder
    }
}
