import CArchive
import Crypto
import Glibc
import Model
import Store

/// What becomes of a layer's entries as they are read.
protocol LayerSink {
    mutating func begin(_ entry: LayerEntry) throws(Problem)
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Problem)
    mutating func end() throws(Problem)
}

/// Reads a layer, a tar within gzip, through libarchive: in one pass, with bounded memory, and not an entry that
/// `LayerRules` did not admit.
struct LayerReader {
    let source: PackageSource
    let range: Range<Int64>
    /// What the bytes of the layer must have.
    let digest: BlobDigest
    let limits: PackageLimits

    /// Gives every entry to the sink. Throws for an archive that is damaged or has an entry with no place in a package;
    /// also when what was read is not what `digest` promised, after the sink has seen it.
    func read(into sink: inout some LayerSink) throws(Problem) {
        let feed = Feed(source, range)
        guard let archive = archive_read_new() else { throw Problem(.internalFault, "no memory for an archive") }
        defer { archive_read_free(archive) }
        archive_read_support_format_tar(archive)
        archive_read_support_filter_gzip(archive)
        let client = Unmanaged.passUnretained(feed).toOpaque()
        // The feed lives to the end of this function, which is also the end of the archive that points to it.
        defer { withExtendedLifetime(feed) {} }
        let opened = archive_read_open(
            archive, client, nil,
            { _, client, buffer in
                guard let client, let buffer else { return -1 }
                return Unmanaged<Feed>.fromOpaque(client).takeUnretainedValue().next(buffer)
            }, nil)
        guard opened == ARCHIVE_OK else { throw problem(archive, feed) }

        var rules = LayerRules(limits, packedSize: Int64(range.count))
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        while let entry = try next(archive, feed) {
            try rules.admit(entry)
            try sink.begin(entry)
            if entry.kind == .file {
                var size: Int64 = 0
                while true {
                    let count = buffer.withUnsafeMutableBytes { archive_read_data(archive, $0.baseAddress, $0.count) }
                    guard count >= 0 else { throw problem(archive, feed) }
                    if count == 0 { break }
                    size += Int64(count)
                    try rules.check(size, of: entry)
                    try Self.append(buffer[..<count], to: &sink)
                }
                guard size == entry.size else { throw Problem(.invalidInput, "package entry \(entry.path): cut off") }
            }
            try sink.end()
        }
        guard try feed.finish() == digest else {
            throw Problem(.conflict, "\(source.name): the package changed while it was read")
        }
    }

    private func next(_ archive: OpaquePointer, _ feed: Feed) throws(Problem) -> LayerEntry? {
        var pointer: OpaquePointer?
        switch archive_read_next_header(archive, &pointer) {
        case ARCHIVE_OK: break
        case ARCHIVE_EOF: return nil
        default: throw problem(archive, feed)
        }
        // One filter and libarchive's own reader: a layer that is packed twice could grow twice.
        guard archive_filter_count(archive) == 2, archive_filter_code(archive, 0) == ARCHIVE_FILTER_GZIP else {
            throw Problem(.invalidInput, "\(source.name): the layer is no tar within gzip")
        }
        guard let pointer, let name = archive_entry_pathname(pointer), let path = String(validatingCString: name) else {
            throw Problem(.invalidInput, "\(source.name): a file name that is not UTF-8")
        }
        return LayerEntry(
            path: path.hasSuffix("/") ? String(path.dropLast()) : path, kind: try kind(of: pointer, path),
            mode: UInt32(archive_entry_mode(pointer)) & 0o7777, size: archive_entry_size(pointer))
    }

    private func kind(of entry: OpaquePointer, _ path: String) throws(Problem) -> LayerEntry.Kind {
        if archive_entry_hardlink(entry) != nil { return .foreign("hard link") }
        if archive_entry_sparse_count(entry) > 0 { return .foreign("sparse file") }
        switch archive_entry_filetype(entry) & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK:
            guard let name = archive_entry_symlink(entry), let target = String(validatingCString: name) else {
                throw Problem(.invalidInput, "package entry \(path): a link to a name that is not UTF-8")
            }
            return .link(target: target)
        case S_IFIFO: return .foreign("FIFO")
        case S_IFCHR, S_IFBLK: return .foreign("device")
        default: return .foreign("special file")
        }
    }

    private func problem(_ archive: OpaquePointer, _ feed: Feed) -> Problem {
        if let problem = feed.problem { return problem }
        return Problem(
            .invalidInput, "\(source.name): the layer cannot be read", hint: "fetch the package again",
            cause: archive_error_string(archive).map { String(cString: $0) })
    }

    private static func append(_ bytes: ArraySlice<UInt8>, to sink: inout some LayerSink) throws(Problem) {
        let outcome: Result<Void, Problem> = bytes.withUnsafeBytes { bytes in
            do throws(Problem) { return .success(try sink.append(bytes)) } catch { return .failure(error) }
        }
        try outcome.get()
    }
}

extension LayerReader {
    /// Hands libarchive the layer part by part and takes its digest on the way.
    private final class Feed {
        private let source: PackageSource
        private let end: Int64
        private var offset: Int64
        private var hash = SHA256()
        // libarchive keeps looking at the last part until it asks for the next.
        private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
        private(set) var problem: Problem?

        init(_ source: PackageSource, _ range: Range<Int64>) {
            self.source = source
            offset = range.lowerBound
            end = range.upperBound
        }

        deinit { buffer.deallocate() }

        /// libarchive's read callback: the size of the part, 0 at the end, -1 for a failure.
        func next(_ part: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
            let count = Int(min(Int64(buffer.count), end - offset))
            let filled = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            do throws(Problem) {
                try source.read(into: filled, at: offset)
            } catch {
                problem = error
                return -1
            }
            hash.update(bufferPointer: UnsafeRawBufferPointer(filled))
            offset += Int64(count)
            part.pointee = UnsafeRawPointer(buffer.baseAddress)
            return count
        }

        /// The digest of the whole layer, also of what stands behind the archive's end.
        func finish() throws(Problem) -> BlobDigest {
            var part: UnsafeRawPointer?
            while problem == nil, next(&part) > 0 {}
            if let problem { throw problem }
            return BlobDigest(Array(hash.finalize()))
        }
    }
}
