import Control
import Glibc
import Model
import NIOCore

/// A file on its way to the daemon, in parts, so that its size does not matter for memory.
struct DocumentUpload {
    /// Below the daemon's limit of 4 MiB, a multiple of three so that no part but the last needs padding.
    static let partSize = 3 << 20

    let path: String

    /// Sends the whole file and returns the handle to call a tool with.
    func send(for tenant: TenantID, in session: ClientSession) async throws -> DocumentHandle {
        let name = try DocumentName(Path.name(of: path))
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileProblem.cannotRead(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileProblem.cannotRead(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(.invalidInput, "not a regular file: \(path)")
        }
        let size = ByteSize(bytes: Int64(status.st_size))
        let begun = try session.output.value(try await session.send(.documentBegin(tenant, name, size: size)))
        guard let text = begun["handle"]?.string else {
            throw Problem(.internalFault, "the daemon's answer to document/begin has no handle")
        }
        let handle = try DocumentHandle(text)
        while let part = try Self.part(of: descriptor, path) {
            _ = try await session.send(.documentAppend(handle, DocumentChunk(part)))
        }
        _ = try await session.send(.documentFinish(handle))
        return handle
    }

    /// The next part; nil at the end of the file.
    static func part(of descriptor: Int32, _ path: String) throws(Problem) -> ByteBuffer? {
        var bytes = [UInt8](repeating: 0, count: partSize)
        var count = 0
        while count < partSize {
            let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, partSize - count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw FileProblem.cannotRead(path) }
            if got == 0 { break }
            count += got
        }
        return count == 0 ? nil : ByteBuffer(bytes: bytes[..<count])
    }
}
