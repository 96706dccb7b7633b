import Model
package import NIOCore

extension ControlRequest {
    /// The parameters as the wire wants them; `init(method:parameters:)` reads back an equal request.
    package var parameters: ByteBuffer {
        var buffer = ByteBuffer()
        switch self {
        case .pluginCall(let call): call.write(to: &buffer)
        case .hookApply(let run), .eventEmit(let run): run.write(to: &buffer)
        case .documentAppend(let handle, let chunk):
            // Written by hand: a megabyte of base64 needs no look for characters to escape.
            buffer.writeStaticString(#"{"handle":""#)
            buffer.writeString(handle.rawValue)
            buffer.writeStaticString(#"","data":""#)
            buffer.writeBytes(chunk.bytes.withUnsafeReadableBytes(Base64.encode))
            buffer.writeStaticString(#""}"#)
        default: buffer.writeBytes(JSONValue.object(members).bytes)
        }
        return buffer
    }

    private var members: [String: JSONValue] {
        switch self {
        case .tenantList(let part): part.members
        case .status, .pluginCall, .documentAppend, .hookApply, .eventEmit: [:]
        case .tenantCreate(let id, let name, let change):
            change.members.adding(["id": .string(id.rawValue), "name": name.map(JSONValue.string)])
        case .tenantQuota(let id, let change): change.members.adding(["id": .string(id.rawValue)])
        case .tenantShow(let id), .tenantDelete(let id): ["id": .string(id.rawValue)]
        case .pluginRun(let tenant, let source, let configuration):
            [:].adding([
                "tenant": .string(tenant.rawValue), "folder": .string(source.text), "configuration": configuration,
            ])
        case .pluginAvailable(let search): search.members
        case .pluginList(let tenant, let part), .keyList(let tenant, let part): part.members.adding(["tenant": tenant.map { .string($0.rawValue) }])
        case .pluginShow(let reference), .pluginRestart(let reference), .pluginStop(let reference): reference.members
        case .pluginLogs(let reference, let follow, let lines):
            reference.members.adding(["follow": .bool(follow), "lines": .integer(Int64(lines))])
        case .pluginPermissions(let reference, let request): reference.members.merging(request.members) { $1 }
        case .pluginInstall(let tenant, let document, let wishes), .pluginUpdate(let tenant, let document, let wishes):
            wishes.members.adding(["tenant": .string(tenant.rawValue), "document": .string(document.rawValue)])
        case .pluginRollback(let reference, let version):
            reference.members.adding(["version": version.map(JSONValue.string)])
        case .pluginPin(let reference, let isPinned): reference.members.adding(["pinned": .bool(isPinned)])
        case .pluginConsent(let reference, let version, let digest):
            reference.members.adding(["version": version.map(JSONValue.string), "digest": digest.map(JSONValue.string)])
        case .pluginConfiguration(let reference), .pluginEnable(let reference), .pluginDisable(let reference): reference.members
        case .pluginConfigure(let reference, let configuration):
            reference.members.adding(["configuration": configuration])
        case .pluginUninstall(let reference, let purges): reference.members.adding(["purge": .bool(purges)])
        case .documentBegin(let tenant, let name, let size):
            ["tenant": .string(tenant.rawValue), "name": .string(name.text), "size": .integer(size.bytes)]
        case .documentFinish(let handle), .documentKeep(let handle): ["handle": .string(handle.rawValue)]
        case .documentList(let tenant, let cursor, let limit):
            [:].adding([
                "tenant": .string(tenant.rawValue), "cursor": cursor.map { .integer($0) }, "limit": .integer(Int64(limit)),
            ])
        case .documentShow(let tenant, let id), .documentDelete(let tenant, let id), .documentProcess(let tenant, let id):
            ["tenant": .string(tenant.rawValue), "document": .string(id.rawValue)]
        case .documentRead(let tenant, let id, let offset, let length):
            [
                "tenant": .string(tenant.rawValue), "document": .string(id.rawValue), "offset": .integer(offset),
                "length": .integer(Int64(length)),
            ]
        case .secretSet(let tenant, let name, let value):
            [
                "tenant": .string(tenant.rawValue), "name": .string(name), "value": .string(value.text),
                "hosts": value.hosts.isEmpty ? .null : .array(value.hosts.map(JSONValue.string)),
            ]
        case .secretList(let tenant, let part): part.members.adding(["tenant": .string(tenant.rawValue)])
        case .hookList(let tenant): ["tenant": .string(tenant.rawValue)]
        case .secretShow(let tenant, let name), .secretDelete(let tenant, let name): ["tenant": .string(tenant.rawValue), "name": .string(name)]
        case .keyCreate(let request): request.members
        case .backup(let request): request.members
        case .upload(let request): request.members
        case .whitelabel(let request): request.members
        case .auditList(let query), .auditExport(let query): query.members
        case .auditVerify(let tenant): [:].adding(["tenant": tenant.map { .string($0.rawValue) }])
        case .people(let request): request.members
        case .plans(let request): request.members
        case .notification(let request): request.members
        case .webhook(let request): request.members
        case .workflow(let request): request.members
        case .template(let request): request.members
        case .run(let request): request.members
        case .identityProvider(let request): request.members
        case .keyShow(let key), .keyRevoke(let key): ["key": .string(key.rawValue)]
        case .hookRestore(let reference, let handler): reference.members.adding(["handler": handler.map { .string($0) }])
        }
    }
}

extension PluginReference {
    fileprivate var members: [String: JSONValue] {
        ["tenant": .string(tenant.rawValue), "plugin": .string(plugin.rawValue)]
    }
}

extension [String: JSONValue] {
    /// With those of the members that have a value.
    fileprivate func adding(_ others: [String: JSONValue?]) -> Self {
        merging(others.compactMapValues { $0 }) { $1 }
    }
}
