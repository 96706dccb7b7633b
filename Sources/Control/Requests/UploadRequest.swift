package import Model
import NIOCore

/// What can be asked about documents that come in more than one request.
package enum UploadRequest: Hashable, Sendable {
    /// → `{"upload", "name", "size", "offset", "mediaType", "sha256", "created", "expires", "document"}`
    case create(TenantID, DocumentName, size: ByteSize, mediaType: String?, sha256: String?)
    /// The newest first. → `{"uploads"}`
    case list(TenantID)
    /// → the upload
    case show(TenantID, UploadID)
    /// → the upload as it stands then
    case append(TenantID, UploadID, offset: Int64, DocumentChunk)
    /// → the document
    case finish(TenantID, UploadID)
    /// → the upload that is gone
    case cancel(TenantID, UploadID)

    init(_ method: ControlMethod, taking parameters: inout ControlParameters) throws(Problem) {
        let tenant: TenantID = try parameters.identifier("tenant")
        switch method {
        case .uploadCreate:
            self = .create(
                tenant, try parameters.documentName("name"), size: try parameters.size("size"),
                mediaType: try parameters.optionalMediaType("mediaType"), sha256: try parameters.optionalSHA256("sha256"))
        case .uploadList: self = .list(tenant)
        case .uploadShow: self = .show(tenant, try parameters.identifier("upload"))
        case .uploadAppend:
            self = .append(
                tenant, try parameters.identifier("upload"), offset: try parameters.size("offset").bytes,
                try DocumentChunk(quoted: parameters.takeRaw("data")))
        case .uploadFinish: self = .finish(tenant, try parameters.identifier("upload"))
        case .uploadCancel: self = .cancel(tenant, try parameters.identifier("upload"))
        default: throw Problem(.internalFault, "\(method.rawValue) is not about uploads")
        }
    }

    var method: ControlMethod {
        switch self {
        case .create: .uploadCreate
        case .list: .uploadList
        case .show: .uploadShow
        case .append: .uploadAppend
        case .finish: .uploadFinish
        case .cancel: .uploadCancel
        }
    }

    package var tenant: TenantID {
        switch self {
        case .create(let tenant, _, _, _, _), .list(let tenant), .show(let tenant, _), .append(let tenant, _, _, _),
            .finish(let tenant, _), .cancel(let tenant, _):
            tenant
        }
    }

    private var upload: UploadID? {
        switch self {
        case .create, .list: nil
        case .show(_, let id), .append(_, let id, _, _), .finish(_, let id), .cancel(_, let id): id
        }
    }

    /// What it is about, for the audit log.
    var objectName: String { upload?.rawValue ?? "" }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["tenant": .string(tenant.rawValue)]
        members["upload"] = upload.map { .string($0.rawValue) }
        switch self {
        case .list, .show, .finish, .cancel: break
        case .create(_, let name, let size, let mediaType, let sha256):
            members["name"] = .string(name.text)
            members["size"] = .integer(size.bytes)
            members["mediaType"] = mediaType.map(JSONValue.string)
            members["sha256"] = sha256.map(JSONValue.string)
        case .append(_, _, let offset, let chunk):
            members["offset"] = .integer(offset)
            members["data"] = .string(String(decoding: chunk.bytes.withUnsafeReadableBytes(Base64.encode), as: UTF8.self))
        }
        return members
    }
}

extension ControlParameters {
    fileprivate mutating func optionalMediaType(_ name: String) throws(Problem) -> String? {
        guard let text = try members.optionalString(name) else { return nil }
        guard (3...127).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), text.utf8.contains(0x2F) else {
            throw Problem(.invalidInput, "/\(name): not a media type", hint: "such as application/pdf")
        }
        return text
    }

    fileprivate mutating func optionalSHA256(_ name: String) throws(Problem) -> String? {
        guard let text = try members.optionalString(name) else { return nil }
        guard text.utf8.count == 64, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
            throw Problem(.invalidInput, "/\(name): expected 64 hexadecimal digits in lower case")
        }
        return text
    }
}
