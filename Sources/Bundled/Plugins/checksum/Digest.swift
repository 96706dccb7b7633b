import CloisterPlugin
import Crypto
import Glibc
import MediaTypes

/// What is told of a document: all of it is read once, in pieces.
struct Digest {
    private static let pieceSize = 1 << 20

    let sha256: String
    let size: Int
    let mediaType: String

    /// Reads the document; `check` is called for every piece and ends the reading by throwing.
    init(of path: String, until check: () throws(Failure) -> Void) throws(Failure) {
        let file = try DocumentFile(path)
        var hash = SHA256()
        var text = TextScan()
        var recognized: String?
        var size = 0
        while true {
            try check()
            let piece = try file.next(Self.pieceSize)
            piece.withUnsafeBytes { hash.update(bufferPointer: $0) }
            if size == 0 { recognized = MediaType.recognize(Content(head: piece, size: file.size, read: file.read)) }
            // Whether something is text shows in its last byte only; anything else shows in its first ones.
            if recognized == nil { text.add(piece) }
            size += piece.count
            guard piece.count == Self.pieceSize else { break }
        }
        sha256 = hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return byte < 0x10 ? "0" + digits : digits
        }.joined()
        self.size = size
        mediaType = recognized ?? text.mediaType
    }

    var json: JSON {
        ["sha256": .string(sha256), "size": .integer(Int64(size)), "mediaType": .string(mediaType)]
    }
}

/// A regular file that is open for reading.
private final class DocumentFile {
    private let descriptor: Int32
    let size: Int

    init(_ path: String) throws(Failure) {
        // Without O_NONBLOCK a FIFO would hold the plugin until somebody writes to it.
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ENOENT || errno == ENOTDIR
                ? Failure(.notFound, "document not found")
                : Failure(.pluginFailed, "the document cannot be read: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw Failure(.invalidParameters, "the document is not a regular file")
        }
        size = Int(status.st_size)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    deinit { close(descriptor) }

    /// So many bytes from where the last piece ended; fewer only at the end.
    func next(_ count: Int) throws(Failure) -> [UInt8] {
        var fault: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = Glibc.read(descriptor, buffer.baseAddress! + filled, count - filled)
                if read < 0, errno == EINTR { continue }
                if read < 0 { fault = errno }
                guard read > 0 else { return }
                filled += read
            }
        }
        guard fault == 0 else {
            throw Failure(.pluginFailed, "the document cannot be read: \(String(cString: strerror(fault)))")
        }
        return piece
    }

    /// At most so many bytes from an offset; none where there are none. Does not move what `next` returns.
    func read(at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, count, offset))
        }
    }
}
