import Control
import Model
import NIOCore
import Plugins
import Store

extension DaemonHandler {
    func perform(_ request: UploadRequest) async throws(Problem) -> JSONValue {
        let store = try await daemon.store.tenant(request.tenant)
        let uploads = daemon.host.uploads
        switch request {
        case .create(_, let name, let size, let mediaType, let sha256):
            let digest = sha256.flatMap { BlobDigest("sha256:\($0)") }
            return try await uploads.create(name.text, size: size, mediaType: mediaType, digest: digest, in: store).report
        case .list: return ["uploads": .array(try await uploads.list(in: store).map(\.report))]
        case .show(_, let id): return try await uploads.show(id, in: store).report
        case .append(_, let id, let offset, let chunk):
            let ticket = try await uploads.open(id, at: offset, length: Int64(chunk.bytes.readableBytes), isLast: false, in: store)
                .ticket(for: id)
            let outcome: Result<Void, Problem>
            do throws(Problem) {
                outcome = .success(try await uploads.append(Array(chunk.bytes.readableBytesView), ticket))
            } catch {
                outcome = .failure(error)
            }
            _ = try await uploads.close(ticket)
            try outcome.get()
            return try await uploads.show(id, in: store).report
        case .finish(_, let id): return try await daemon.host.finish(id, of: request.tenant).report
        case .cancel(_, let id): return try await uploads.cancel(id, in: store).report
        }
    }
}

extension Upload.Opening {
    fileprivate func ticket(for id: UploadID) throws(Problem) -> Upload.Ticket {
        switch self {
        case .ready(let ticket): return ticket
        case .elsewhere(let offset): throw Problem(.conflict, "upload \(id) is at offset \(offset)", hint: "go on there")
        case .finished: throw Problem(.conflict, "upload \(id) is finished")
        case .otherSize(let size): throw Problem(.invalidInput, "/data: upload \(id) ends at \(size) bytes")
        }
    }
}

extension Upload {
    /// As the control socket tells it.
    var report: JSONValue {
        [
            "upload": .string(id.rawValue), "name": .string(name), "size": .integer(size.bytes), "offset": .integer(offset),
            "mediaType": JSONValue(mediaType), "sha256": JSONValue(digest?.hexadecimal),
            "created": .string(Timestamp(milliseconds: created).description),
            "expires": .string(Timestamp(milliseconds: expires).description), "document": JSONValue(document?.rawValue),
        ]
    }
}
