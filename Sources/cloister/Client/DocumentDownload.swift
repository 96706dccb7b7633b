import Control
import Glibc
import Model
import NIOCore

/// A document on its way from the daemon, in parts.
struct DocumentDownload {
    let id: DocumentID
    let tenant: TenantID

    init(_ id: DocumentID, of tenant: TenantID) {
        self.id = id
        self.tenant = tenant
    }

    func write(to descriptor: Int32, in session: ClientSession) async throws {
        var offset: Int64 = 0
        while true {
            let reply = try session.output.value(
                try await session.send(.documentRead(tenant, id, offset: offset, length: DocumentUpload.partSize)))
            guard let text = reply["data"]?.string, let size = reply["size"]?.integer,
                let bytes = Array(text.utf8).withUnsafeBytes(Base64.decode)
            else { throw Problem(.internalFault, "the daemon's answer to document/read has no data") }
            try Self.write(bytes, to: descriptor)
            offset += Int64(bytes.count)
            guard offset < size, !bytes.isEmpty else { return }
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(Problem) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Problem(.internalFault, "cannot write the document", cause: String(cString: strerror(errno))) }
            done += count
        }
    }
}
