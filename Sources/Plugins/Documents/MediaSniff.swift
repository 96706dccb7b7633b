import MediaTypes
import Model
import Store

/// The media type of a document by its content, without parameters.
enum MediaSniff {
    /// Holds every signature that is known.
    private static let headSize = 1 << 17
    private static let pieceSize = 1 << 18

    static func type(of digest: BlobDigest, in blobs: BlobStore) async throws(Problem) -> String {
        let reader = try await blobs.open(digest)
        return try await Blocking.run { () throws(Problem) in try look(at: reader) }
    }

    /// What somebody says of content that is plain text may be more exact; of anything else it means nothing.
    static func type(_ sniffed: String, claimed: String?) -> String {
        guard sniffed == "text/plain", let claimed else { return sniffed }
        let plain = PermissionSubject.document(mediaType: claimed, size: ByteSize(bytes: 0)).description
        let isText = plain.hasPrefix("text/") && plain != "text/html" && plain.utf8.count <= 100
            && plain.dropFirst(5).utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || ".+-".utf8.contains($0) }
        return isText && plain.utf8.count > 5 ? plain : sniffed
    }

    private static func look(at reader: BlobReader) throws(Problem) -> String {
        let size = Int(clamping: reader.size.bytes)
        let head = try reader.readBlocking(at: 0, count: headSize)
        let content = Content(head: head, size: size) { offset, count in
            (try? reader.readBlocking(at: Int64(offset), count: max(0, min(count, 1 << 20)))) ?? []
        }
        if let type = MediaType.recognize(content) { return type }
        var text = TextScan()
        var offset = 0
        while offset < size {
            let piece = try reader.readBlocking(at: Int64(offset), count: pieceSize)
            guard !piece.isEmpty else { break }
            text.add(piece)
            offset += piece.count
        }
        return PermissionSubject.document(mediaType: text.mediaType, size: reader.size).description
    }
}
