package import Model
import NIOCore

/// What can be asked about whole tenants: their backups, and their moves from daemon to daemon.
package enum BackupRequest: Hashable, Sendable {
    /// → `BackupReport`
    case make(TenantID)
    /// The newest first. → `{"backups": [BackupReport…]}`
    case list(TenantID)
    /// Into a new tenant, or in the place of what there is. → `RestoreReport`
    case restore(TenantID, BackupID, into: TenantID?)
    /// As a backup has it, or as it is now; the file comes as events `{"data"}` in base64. → `{"size"}`
    case export(TenantID, BackupID?, key: SecretText)
    /// → `{"import"}`
    case importBegin(size: ByteSize)
    /// → `{}`
    case importAppend(ImportHandle, DocumentChunk)
    /// → `TenantReport`
    case importFinish(ImportHandle, TenantID, key: SecretText, name: String?, QuotaChange)

    init(_ method: ControlMethod, taking parameters: inout ControlParameters) throws(Problem) {
        switch method {
        case .tenantBackup: self = .make(try parameters.identifier("id"))
        case .tenantBackups: self = .list(try parameters.identifier("id"))
        case .tenantRestore:
            self = .restore(
                try parameters.identifier("id"), try parameters.identifier("backup"),
                into: try parameters.optionalIdentifier("into"))
        case .tenantExport:
            self = .export(
                try parameters.identifier("id"), try parameters.optionalIdentifier("backup"),
                key: SecretText(try parameters.members.string("key")))
        case .tenantImportBegin: self = .importBegin(size: try parameters.size("size"))
        case .tenantImportAppend:
            self = .importAppend(
                try parameters.identifier("import"), try DocumentChunk(quoted: parameters.takeRaw("data")))
        case .tenantImport:
            let handle: ImportHandle = try parameters.identifier("import")
            let id: TenantID = try parameters.identifier("id")
            let key = SecretText(try parameters.members.string("key"))
            let name = try parameters.members.optionalString("name")
            self = .importFinish(handle, id, key: key, name: name, try QuotaChange(taking: &parameters))
        default: throw Problem(.internalFault, "\(method.rawValue) is not about backups")
        }
    }

    var method: ControlMethod {
        switch self {
        case .make: .tenantBackup
        case .list: .tenantBackups
        case .restore: .tenantRestore
        case .export: .tenantExport
        case .importBegin: .tenantImportBegin
        case .importAppend: .tenantImportAppend
        case .importFinish: .tenantImport
        }
    }

    /// The tenant that it is about, for the audit log.
    var subject: TenantID? {
        switch self {
        case .make(let id), .list(let id), .restore(let id, _, _), .export(let id, _, _), .importFinish(_, let id, _, _, _): id
        case .importBegin, .importAppend: nil
        }
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        members["id"] = subject.map { .string($0.rawValue) }
        switch self {
        case .make, .list: break
        case .restore(_, let backup, let other):
            members["backup"] = .string(backup.rawValue)
            members["into"] = other.map { .string($0.rawValue) }
        case .export(_, let backup, let key):
            members["backup"] = backup.map { .string($0.rawValue) }
            members["key"] = .string(key.text)
        case .importBegin(let size): members["size"] = .integer(size.bytes)
        case .importAppend(let handle, let chunk):
            members["import"] = .string(handle.rawValue)
            members["data"] = .string(String(decoding: chunk.bytes.withUnsafeReadableBytes(Base64.encode), as: UTF8.self))
        case .importFinish(let handle, _, let key, let name, let change):
            members.merge(change.members) { $1 }
            members["import"] = .string(handle.rawValue)
            members["key"] = .string(key.text)
            members["name"] = name.map(JSONValue.string)
        }
        return members
    }
}

/// An export on its way into the daemon.
package struct ImportHandle: LabelIdentifier {
    package static let noun = "import handle"
    package let rawValue: String
    package init(unchecked rawValue: String) { self.rawValue = rawValue }
}
