import CLinux
import Glibc
package import Model

/// A regular file in a folder that somebody else writes, opened without following anything out of it.
///
/// The owner of the folder may change the file while it is read, and put anything anywhere: links, devices, FIFOs. None of
/// that leads outside, blocks, or is taken for a file.
package final class ForeignFile: Sendable {
    /// What the file had when it was opened; no more than this is ever read.
    package let size: ByteSize
    private let file: OpenFile
    private let folder: String
    private let relative: String

    /// Opens `relative`, a path below `folder`. Throws `invalidInput` for what is no plain path or no regular file, and
    /// `notFound`. Blocks.
    private init(_ relative: String, beneath folder: String) throws(Problem) {
        let parts = relative.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
        guard isPlain, !relative.utf8.contains(0), relative.utf8.count < 4096 else {
            throw Problem(.invalidInput, "not a plain path: \(relative.prefix(80).debugDescription)")
        }
        guard let top = OpenFile(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
            throw Problem(file: folder, "cannot open the folder")
        }
        // Without O_NONBLOCK a FIFO would hold the daemon until somebody writes to it.
        let number = cloister_open_beneath(top.number, relative, O_RDONLY | O_NONBLOCK)
        guard number >= 0 else { throw Self.refusal(relative, errno) }
        file = OpenFile(owning: number)
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw Problem(file: relative, "cannot open the file") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Problem(.invalidInput, "not a regular file: \(relative)") }
        size = ByteSize(bytes: Int64(status.st_size))
        self.folder = folder
        self.relative = relative
    }

    package static func open(_ relative: String, beneath folder: String) async throws(Problem) -> ForeignFile {
        try await Blocking.run { () throws(Problem) in try ForeignFile(relative, beneath: folder) }
    }

    /// Copies the file into a blob, as much as it had when it was opened.
    package func copy(into writer: BlobWriter) async throws(Problem) {
        var offset: Int64 = 0
        while offset < size.bytes {
            let piece = try await read(at: offset)
            guard !piece.isEmpty else { throw Problem(.conflict, "\(relative) became shorter while it was read") }
            try await writer.append(piece)
            offset += Int64(piece.count)
        }
    }

    /// The whole file as text. Throws `quotaExceeded` where it is larger than `limit`, and `invalidInput` for what is no UTF-8.
    package func text(limit: ByteSize) async throws(Problem) -> String {
        guard size <= limit else { throw Problem(.quotaExceeded, "\(relative): larger than \(limit)") }
        var bytes: [UInt8] = []
        while Int64(bytes.count) < size.bytes {
            let piece = try await read(at: Int64(bytes.count))
            guard !piece.isEmpty else { throw Problem(.conflict, "\(relative) became shorter while it was read") }
            bytes += piece
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem(.invalidInput, "\(relative): not UTF-8 text") }
        return text
    }

    /// Removes the file's name, if its owner lets the daemon. Nothing outside the folder can be removed so.
    package func remove() async {
        _ = try? await Blocking.run { [self] () throws(Problem) in
            guard let top = OpenFile(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return }
            guard let slash = relative.lastIndex(of: "/") else {
                unlinkat(top.number, relative, 0)
                return
            }
            let number = cloister_open_beneath(top.number, String(relative[..<slash]), O_RDONLY | O_DIRECTORY)
            guard number >= 0 else { return }
            let parent = OpenFile(owning: number)
            unlinkat(parent.number, String(relative[relative.index(after: slash)...]), 0)
        }
    }

    private func read(at offset: Int64) async throws(Problem) -> [UInt8] {
        let count = Int(min(1 << 20, size.bytes - offset))
        return try await Blocking.run { [self] () throws(Problem) in
            var failure: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                while filled < count {
                    let got = pread(file.number, buffer.baseAddress! + filled, count - filled, off_t(offset) + off_t(filled))
                    if got < 0, errno == EINTR { continue }
                    if got < 0 { failure = errno }
                    guard got > 0 else { return }
                    filled += got
                }
            }
            guard failure == 0 else { throw Problem(file: relative, "cannot read the file", error: failure) }
            return bytes
        }
    }

    private static func refusal(_ relative: String, _ error: Int32) -> Problem {
        switch error {
        case ENOENT, ENOTDIR: Problem(.notFound, "file not found: \(relative)")
        case ELOOP, EXDEV: Problem(.invalidInput, "a link on the way: \(relative)", hint: "write the file itself, not a link to it")
        case EACCES, EPERM:
            Problem(.permissionDenied, "the host may not read \(relative)", hint: "make it readable for others: chmod o+r")
        case ENXIO, ENODEV: Problem(.invalidInput, "not a regular file: \(relative)")
        default: Problem(file: relative, "cannot open the file", error: error)
        }
    }
}
