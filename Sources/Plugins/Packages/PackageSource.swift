import Crypto
import Glibc
package import Model
package import Store

/// The bytes of a package, wherever they lie. Whoever reads them may be told something else at a second reading, unless
/// the source is a blob.
package struct PackageSource: Sendable {
    /// For problems.
    package let name: String
    package let size: Int64
    private let reading: @Sendable (UnsafeMutableRawBufferPointer, Int64) throws(Problem) -> Int

    package init(_ blob: BlobReader, named name: String) {
        self.name = name
        size = blob.size.bytes
        reading = { (buffer, offset) throws(Problem) in try blob.read(into: buffer, at: offset) }
    }

    /// A file that somebody named.
    package init(file path: String) throws(Problem) {
        guard let file = OpenFile(path, O_RDONLY | O_NONBLOCK) else {
            let code: Problem.Code = errno == ENOENT || errno == ENOTDIR ? .notFound : .permissionDenied
            throw Problem(code, "cannot read the package: \(path)", cause: String(cString: strerror(errno)))
        }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(
                .invalidInput, "not a package: \(path)", hint: "a package is a file, made by `cloister plugin pack`")
        }
        let shared = SharedFile(file)
        name = path
        size = Int64(status.st_size)
        reading = { (buffer, offset) throws(Problem) in try shared.file.read(into: buffer, at: offset, path) }
    }

    /// Fills the buffer from `offset`; throws when the source ends before.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(Problem) {
        guard try reading(buffer, offset) == buffer.count else {
            throw Problem(.invalidInput, "\(name): the package is cut off", hint: "fetch it again")
        }
    }

    func bytes(_ range: Range<Int64>) throws(Problem) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(range.count))
        let outcome: Result<Void, Problem> = bytes.withUnsafeMutableBytes { buffer in
            do throws(Problem) { return .success(try read(into: buffer, at: range.lowerBound)) } catch {
                return .failure(error)
            }
        }
        try outcome.get()
        return bytes
    }

    /// Hands the range over in parts of at most 128 KiB, in order.
    func forEachPart(of range: Range<Int64>, _ body: (ArraySlice<UInt8>) throws(Problem) -> Void) throws(Problem) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let part = try bytes(offset..<min(offset + 1 << 17, range.upperBound))
            try body(part[...])
            offset += Int64(part.count)
        }
    }

    func digest(of range: Range<Int64>) throws(Problem) -> BlobDigest {
        var hash = SHA256()
        try forEachPart(of: range) { (part) throws(Problem) in hash.update(data: part) }
        return BlobDigest(Array(hash.finalize()))
    }

    private final class SharedFile: Sendable {
        let file: OpenFile

        init(_ file: consuming OpenFile) { self.file = file }
    }
}
