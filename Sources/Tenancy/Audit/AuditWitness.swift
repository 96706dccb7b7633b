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
        try OpenFile.replaceFile(path(of: place), with: Array(checkpoint.note.utf8))
    }

    func forget(_ place: AuditPlace) { unlink(path(of: place)) }

    /// A tenant's name is a label, and a label has no dot.
    private func path(of place: AuditPlace) -> String { "\(folder)/\(place.tenant?.rawValue ?? "").checkpoint" }
}
