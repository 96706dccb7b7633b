import CArchive
import Glibc
import Model

/// Writes a layer's entries below the working folder of its thread, readable and executable by all and writable by none.
///
/// Nothing of an entry but its path, kind, content, link target and execute bit reaches the disk; libarchive itself refuses
/// once more what `LayerRules` has refused already.
struct LayerUnpacking: LayerSink {
    private let archive: OpaquePointer
    private let header: OpaquePointer
    private let progress: @Sendable () -> Void

    /// Must be closed.
    init(progress: @escaping @Sendable () -> Void) throws(Problem) {
        guard let archive = archive_write_disk_new(), let header = archive_entry_new() else {
            throw Problem(.internalFault, "no memory for an archive")
        }
        archive_write_disk_set_options(
            archive,
            ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS
                | ARCHIVE_EXTRACT_NO_OVERWRITE | ARCHIVE_EXTRACT_PERM)
        self.archive = archive
        self.header = header
        self.progress = progress
    }

    mutating func begin(_ entry: LayerEntry) throws(Problem) {
        archive_entry_clear(header)
        archive_entry_set_pathname(header, entry.path)
        switch entry.kind {
        case .file:
            archive_entry_set_filetype(header, S_IFREG)
            archive_entry_set_perm(header, entry.isExecutable ? 0o555 : 0o444)
            archive_entry_set_size(header, entry.size)
        case .folder:
            archive_entry_set_filetype(header, S_IFDIR)
            archive_entry_set_perm(header, 0o555)
        case .link(let target):
            archive_entry_set_filetype(header, S_IFLNK)
            archive_entry_set_symlink(header, target)
            archive_entry_set_perm(header, 0o777)
        case .foreign(let kind): throw Problem(.invalidInput, "package entry \(entry.path): is a \(kind)")
        }
        guard archive_write_header(archive, header) == ARCHIVE_OK else { throw problem(entry.path) }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
        guard archive_write_data(archive, bytes.baseAddress, bytes.count) == bytes.count else { throw problem("a file") }
    }

    mutating func end() throws(Problem) {
        guard archive_write_finish_entry(archive) == ARCHIVE_OK else { throw problem("a file") }
        progress()
    }

    /// Sets the folders' modes and frees everything.
    consuming func close() throws(Problem) {
        let outcome: Result<Void, Problem> =
            archive_write_close(archive) == ARCHIVE_OK ? .success(()) : .failure(problem("the package"))
        archive_entry_free(header)
        archive_write_free(archive)
        try outcome.get()
    }

    private func problem(_ what: String) -> Problem {
        let cause = archive_error_string(archive).map { String(cString: $0) }
        let isFull = [ENOSPC, EDQUOT].contains(archive_errno(archive))
        return Problem(
            isFull ? .quotaExceeded : .internalFault, "cannot unpack \(what)",
            hint: isFull ? "free space on the disk of the data folder" : nil, cause: cause)
    }
}
