import Glibc
import Model
import Sandbox
import Store

enum FileCopy {
    /// Copies a program; the copy can be read and executed by everyone.
    static func copy(_ source: String, to target: String) throws(Problem) {
        let from = open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw Problem(systemCall: "open \(source)") }
        defer { close(from) }
        let to = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o755)
        guard to >= 0 else { throw Problem(systemCall: "open \(target)") }
        defer { close(to) }
        while true {
            let count = sendfile(to, from, nil, 1 << 20)
            guard count >= 0 else { throw Problem(systemCall: "sendfile \(target)") }
            if count == 0 { break }
        }
        fchmod(to, 0o755)
    }

    /// The program itself under another name, or a copy of it where it lies on another file system. For many of them:
    /// copies would still be on their way to the disk while something is measured.
    static func link(_ source: String, to target: String) throws(Problem) {
        guard Glibc.link(source, target) != 0 else { return }
        try copy(source, to: target)
    }

    /// A new empty folder; its user removes it.
    static func makeTemporaryFolder() throws(Problem) -> String {
        var template = Array("/tmp/cloister-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Problem(systemCall: "mkdtemp") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a small file.
    static func write(_ text: String, to path: String) throws(Problem) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Problem(systemCall: "open \(path)") }
        defer { close(file) }
        guard StreamWriter.write(text, to: file) else { throw Problem(systemCall: "write \(path)") }
    }

    static func write(_ bytes: [UInt8], to path: String) throws(Problem) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Problem(systemCall: "open \(path)") }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw Problem(systemCall: "write \(path)") }
            rest = rest.dropFirst(max(0, count))
        }
    }

    /// Removes a folder with all in it.
    static func remove(_ path: String) throws(Problem) { try FolderRemoval.remove(path) }
}
