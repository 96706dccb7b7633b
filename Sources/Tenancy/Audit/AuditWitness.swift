import Glibc
import Model
import Store

/// The last checkpoint of each log, kept outside its database: who cuts a log and the checkpoints in it is found out.
struct AuditWitness: Sendable {
    let folder: String

    func last(of place: AuditPlace) throws(Problem) -> AuditCheckpoint? {
        let path = path(of: place)
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
            if errno == ENOENT { return nil }
            throw Problem(file: path, "cannot read the last checkpoint of \(place)")
        }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = max(0, pread(file.number, &bytes, bytes.count, 0))
        guard let checkpoint = AuditCheckpoint(note: String(decoding: bytes[..<count], as: UTF8.self)) else {
            throw Problem(.internalFault, "the last checkpoint of \(place) is damaged: \(path)", hint: "restore it from a backup")
        }
        return checkpoint
    }

    func keep(_ checkpoint: AuditCheckpoint, of place: AuditPlace) throws(Problem) {
        try Self.replace(path(of: place), with: Array(checkpoint.note.utf8))
    }

    func forget(_ place: AuditPlace) { unlink(path(of: place)) }

    /// A tenant's name is a label, and a label has no dot.
    private func path(of place: AuditPlace) -> String { "\(folder)/\(place.tenant?.rawValue ?? "").checkpoint" }

    /// Puts a whole file there, for its owner alone, or leaves what is there: written under another name first.
    static func replace(_ path: String, with bytes: [UInt8]) throws(Problem) {
        let temporary = path + ".new"
        unlink(temporary)
        guard let file = OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else {
            throw Problem(file: temporary, "cannot make the file")
        }
        try file.write(bytes[...], temporary)
        guard fsync(file.number) == 0, rename(temporary, path) == 0 else { throw Problem(file: path, "cannot write the file") }
        try OpenFile.synchronizeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    }
}
