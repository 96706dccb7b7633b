import Glibc
package import Model

/// An open blob. It stays readable also when it is removed meanwhile.
package final class BlobReader: Sendable {
    package let digest: BlobDigest
    package let size: ByteSize
    private let file: OpenFile

    init(_ path: String, _ digest: BlobDigest) throws(Problem) {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
            if errno == ENOENT { throw Problem(.notFound, "document not found: \(digest)") }
            throw Problem(file: path, "cannot open the blob")
        }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(.internalFault, "not a blob: \(path)")
        }
        self.digest = digest
        self.size = ByteSize(bytes: Int64(status.st_size))
        self.file = file
    }

    /// Writes the blob to a new file that nobody can change. Blocks.
    func copy(to path: String) throws(Problem) {
        guard let target = OpenFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else {
            throw Problem(file: path, "cannot place the document")
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        var offset: off_t = 0
        while true {
            let count = pread(file.number, &buffer, buffer.count, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Problem(file: digest.description, "cannot read the blob") }
            if count == 0 { break }
            try target.write(buffer[..<count], path)
            offset += off_t(count)
        }
        guard fchmod(target.number, 0o444) == 0 else { throw Problem(file: path, "cannot place the document") }
    }

    /// Fills the buffer with what stands at `offset` and tells how much that was; less only at the end. Blocks.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(Problem) -> Int {
        try file.read(into: buffer, at: offset, digest.description)
    }

    /// At most `count` bytes from `offset`; fewer only at the end, none behind it.
    package func read(at offset: Int64, count: Int) async throws(Problem) -> [UInt8] {
        try await Blocking.run { [self] () throws(Problem) in try readBlocking(at: offset, count: count) }
    }

    /// As `read`, for code that already runs where it may block.
    package func readBlocking(at offset: Int64, count: Int) throws(Problem) -> [UInt8] {
        guard (0...size.bytes).contains(offset) else { return [] }
        var bytes = [UInt8](repeating: 0, count: max(0, min(count, Int(clamping: size.bytes - offset))))
        var done = 0
        while done < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(file.number, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + off_t(done))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Problem(file: digest.description, "cannot read the blob") }
            guard got > 0 else { break }
            done += got
        }
        return Array(bytes[..<done])
    }
}
