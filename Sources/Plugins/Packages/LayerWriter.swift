import CArchive
import Glibc
import Model
import Store

/// Writes a folder as a layer: a GNU tar within gzip that depends on nothing but names, contents, link targets and who may
/// execute. Two writers with the same zlib make the same bytes.
enum LayerWriter {
    /// Writes to a descriptor, with bounded memory.
    static func write(
        _ entries: [LayerEntry], of folder: String, to descriptor: Int32, limits: PackageLimits
    ) throws(Problem) {
        guard let archive = archive_write_new(), let header = archive_entry_new() else {
            throw Problem(.internalFault, "no memory for an archive")
        }
        defer {
            archive_entry_free(header)
            archive_write_free(archive)
        }
        // Names go through as bytes in this format, while pax would convert them by the locale.
        archive_write_set_format_gnutar(archive)
        archive_write_add_filter_gzip(archive)
        archive_write_set_filter_option(archive, "gzip", "timestamp", nil)
        archive_write_set_filter_option(archive, "gzip", "compression-level", "9")
        archive_write_set_bytes_in_last_block(archive, 1)
        guard archive_write_open_fd(archive, descriptor) == ARCHIVE_OK else { throw problem(archive) }
        // Nothing is packed that a host would refuse; what it compresses to is not known yet.
        var rules = LayerRules(limits, packedSize: limits.file.bytes)
        for entry in entries {
            try rules.admit(entry)
            describe(entry, header)
            guard archive_write_header(archive, header) == ARCHIVE_OK else { throw problem(archive) }
            if entry.kind == .file { try write(entry, of: folder, to: archive) }
        }
        guard archive_write_close(archive) == ARCHIVE_OK else { throw problem(archive) }
    }

    private static func describe(_ entry: LayerEntry, _ header: OpaquePointer) {
        archive_entry_clear(header)
        archive_entry_set_pathname(header, entry.kind == .folder ? entry.path + "/" : entry.path)
        archive_entry_set_mtime(header, 0, 0)
        archive_entry_set_uid(header, 0)
        archive_entry_set_gid(header, 0)
        archive_entry_set_size(header, entry.size)
        switch entry.kind {
        case .folder: archive_entry_set_filetype(header, S_IFDIR)
        case .link(let target):
            archive_entry_set_filetype(header, S_IFLNK)
            archive_entry_set_symlink(header, target)
        case .file, .foreign: archive_entry_set_filetype(header, S_IFREG)
        }
        archive_entry_set_perm(header, mode_t(entry.mode))
    }

    private static func write(_ entry: LayerEntry, of folder: String, to archive: OpaquePointer) throws(Problem) {
        let path = "\(folder)/\(entry.path)"
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW) else {
            throw Problem(.permissionDenied, "cannot read \(path)", cause: String(cString: strerror(errno)))
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        var left = entry.size
        var head: [UInt8] = []
        while true {
            let count = Glibc.read(file.number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Problem(.invalidInput, "cannot read \(path)", cause: String(cString: strerror(errno))) }
            if count == 0 { break }
            if head.isEmpty { head = Array(buffer[..<min(count, 64)]) }
            left -= Int64(count)
            guard left >= 0, archive_write_data(archive, buffer, count) == count else { break }
        }
        guard left == 0 else { throw Problem(.conflict, "\(path) changed while it was packed", hint: "pack again") }
        guard !head.starts(with: SigningKey.pemHeader.utf8) else {
            throw Problem(.invalidInput, "\(path): a private key", hint: "keep keys outside of the plugin's folder")
        }
    }

    private static func problem(_ archive: OpaquePointer) -> Problem {
        Problem(
            .internalFault, "cannot write the package",
            cause: archive_error_string(archive).map { String(cString: $0) })
    }
}
