import Control
import Glibc
import Model
import NIOCore

/// An export on its way to the daemon, in parts.
struct ImportUpload {
    let path: String

    /// Sends the whole file and returns the handle to import it with.
    func send(in session: ClientSession) async throws -> ImportHandle {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileProblem.cannotRead(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Problem(.invalidInput, "not a regular file: \(path)")
        }
        let begun = try session.output.value(
            try await session.send(.backup(.importBegin(size: ByteSize(bytes: Int64(status.st_size))))))
        guard let text = begun["import"]?.string else {
            throw Problem(.internalFault, "the daemon's answer to tenant/import-begin has no handle")
        }
        let handle = try ImportHandle(text)
        while let part = try DocumentUpload.part(of: descriptor, path) {
            _ = try await session.send(.backup(.importAppend(handle, DocumentChunk(part))))
        }
        return handle
    }
}
