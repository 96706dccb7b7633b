import Crypto
import Model
import Store

/// What OCI calls a descriptor: the kind, digest and size of some content.
struct ContentDescriptor: Hashable, Sendable {
    let mediaType: String
    let digest: BlobDigest
    let size: Int64
    var artifactType: String?
    var annotations: [String: String] = [:]

    init(_ mediaType: String, digest: BlobDigest, size: Int64, artifactType: String? = nil) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.artifactType = artifactType
    }

    init(_ mediaType: String, of bytes: [UInt8], artifactType: String? = nil) {
        self.init(mediaType, digest: .of(bytes), size: Int64(bytes.count), artifactType: artifactType)
    }

    /// Reads what this type writes; nil for anything that lacks a part.
    init?(_ value: JSONValue) {
        guard let type = value["mediaType"]?.string, let digest = value["digest"]?.string.flatMap({ BlobDigest($0) }),
            let size = value["size"]?.integer
        else { return nil }
        self.init(type, digest: digest, size: size, artifactType: value["artifactType"]?.string)
        annotations = (value["annotations"]?.object ?? [:]).compactMapValues(\.string)
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "mediaType": .string(mediaType), "digest": .string(digest.description), "size": .integer(size),
        ]
        members["artifactType"] = artifactType.map(JSONValue.string)
        if !annotations.isEmpty { members["annotations"] = .object(annotations.mapValues(JSONValue.string)) }
        return .object(members)
    }

    /// Where the content stands in the layout.
    var place: String { "blobs/sha256/\(digest.hexadecimal)" }
}

extension BlobDigest {
    static func of(_ bytes: [UInt8]) -> BlobDigest { BlobDigest(Array(SHA256.hash(data: bytes))) }
}
