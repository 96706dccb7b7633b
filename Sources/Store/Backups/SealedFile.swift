import Crypto
import Glibc
import Model

/// A sealed file that is being written. It is there whole under its name after `finish`, or not to be taken for one. Blocks.
struct SealedFileWriter: ~Copyable {
    private let file: OpenFile
    private let path: String
    private var sealer: StreamSealer
    private var digest = SHA256()
    private var size: Int64 = 0
    private var unflushed = 0

    init(_ path: String, key: SymmetricKey, purpose: String) throws(Problem) {
        guard let file = OpenFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else {
            throw Problem(file: path, "cannot make the file")
        }
        self.file = file
        self.path = path
        sealer = StreamSealer(key: key, purpose: purpose)
    }

    mutating func append(_ bytes: [UInt8]) throws(Problem) {
        digest.update(data: bytes)
        size += Int64(bytes.count)
        let sealed = try sealer.append(bytes)
        try file.write(sealed[...], path)
        unflushed += sealed.count
        // A little at a time: a long queue of the disk would hold up everybody's commits.
        guard unflushed >= 8 << 20 else { return }
        unflushed = 0
        guard fdatasync(file.number) == 0 else { throw Problem(file: path, "cannot write the file to disk") }
    }

    /// Makes what was written survive a loss of power: the digest and the size of what was sealed.
    consuming func finish() throws(Problem) -> (digest: BlobDigest, size: Int64) {
        try file.write(try sealer.finish()[...], path)
        guard fsync(file.number) == 0 else { throw Problem(file: path, "cannot write the file to disk") }
        return (BlobDigest(Array(digest.finalize())), size)
    }
}

/// A sealed file that is read from its beginning to its end. Blocks.
///
/// Everything that it gives was sealed under the key, in this order; that nothing is missing is known at the end.
struct SealedFileReader: ~Copyable {
    private let file: OpenFile
    private let name: String
    private var opener: StreamOpener
    private var offset: Int64
    private let end: Int64
    private var buffered: ArraySlice<UInt8> = []

    /// `name` is for problems, which say `damaged` in whatever way it is.
    init(_ path: String, key: SymmetricKey, purpose: String, named name: String) throws(Problem) {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
            if errno == ENOENT { throw Problem(.notFound, "\(name) is not there") }
            throw Problem(file: path, "cannot open \(name)")
        }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(.internalFault, "\(name) is no file", cause: path)
        }
        let header = try Self.read(file, SealedStream.headerSize, at: 0, name)
        // Also an empty text has a last chunk.
        guard let opener = StreamOpener(key: key, purpose: purpose, header: header),
            status.st_size > SealedStream.headerSize
        else { throw Self.damaged(name) }
        self.file = file
        self.name = name
        self.opener = opener
        offset = Int64(SealedStream.headerSize)
        end = Int64(status.st_size)
    }

    /// The next bytes; nil behind the end.
    mutating func next() throws(Problem) -> [UInt8]? {
        if !buffered.isEmpty {
            defer { buffered = [] }
            return Array(buffered)
        }
        guard offset < end else { return nil }
        let count = min(Int64(SealedStream.chunkSize + SealedStream.overhead), end - offset)
        let chunk = try Self.read(file, Int(count), at: offset, name)
        offset += count
        guard chunk.count == Int(count), let bytes = opener.open(chunk[...], isLast: offset == end) else {
            throw Self.damaged(name)
        }
        return bytes
    }

    /// At least one and at most `limit` bytes; `damaged` where there are none.
    mutating func next(atMost limit: Int64) throws(Problem) -> [UInt8] {
        while buffered.isEmpty {
            guard let more = try next() else { throw Self.damaged(name) }
            buffered = more[...]
        }
        let taken = Int(min(Int64(buffered.count), limit))
        let bytes = Array(buffered.prefix(taken))
        buffered = buffered.dropFirst(taken)
        return bytes
    }

    /// Throws `damaged` unless everything was read.
    mutating func finish() throws(Problem) {
        while let more = try next() {
            guard more.isEmpty else { throw Self.damaged(name) }
        }
    }

    /// Exactly so many bytes; `damaged` where there are fewer.
    mutating func read(_ count: Int) throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += try next(atMost: Int64(count - bytes.count)) }
        return bytes
    }

    /// Everything, of which there is no more than `limit`.
    mutating func readAll(limit: Int) throws(Problem) -> [UInt8] {
        var bytes: [UInt8] = []
        while let more = try next() {
            bytes += more
            guard bytes.count <= limit else { throw Self.damaged(name) }
        }
        return bytes
    }

    static func damaged(_ name: String) -> Problem {
        Problem(.invalidInput, "\(name) is damaged, incomplete, or sealed with another key")
    }

    private static func read(_ file: borrowing OpenFile, _ count: Int, at offset: Int64, _ name: String) throws(Problem) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: Problem?
        let got = bytes.withUnsafeMutableBytes { buffer in
            do throws(Problem) { return try file.read(into: buffer, at: offset, name) } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return Array(bytes[..<got])
    }
}
