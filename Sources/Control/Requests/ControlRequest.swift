package import Model

/// Everything that a client can ask of the daemon, with its parameters already parsed.
///
/// Replies are JSON objects: those with a type in `Replies` are named at the case.
package enum ControlRequest: Hashable, Sendable {
    /// → `StatusReport`
    case status
    /// → `TenantReport`
    case tenantCreate(TenantID, name: String?, QuotaChange)
    /// → `{"tenants": [TenantReport…]}`, of a part with `cursor`
    case tenantList(ListPart = .whole)
    /// → `TenantReport`
    case tenantShow(TenantID)
    /// → `TenantReport` as it is after the change; without a change it only reads.
    case tenantQuota(TenantID, QuotaChange)
    /// → `{}`
    case tenantDelete(TenantID)
    /// Registers a folder for the tenant and answers when an instance is ready. → `PluginReport`
    case pluginRun(TenantID, PluginSource, configuration: JSONValue?)
    /// → `{"plugins": [PluginReport…]}`
    case pluginList(TenantID?, ListPart = .whole)
    /// The plugins that come with the daemon. → `{"plugins": [{"id", "name", "version", "description", "category"}…]}`
    case pluginAvailable(PluginSearch)
    /// → `PluginReport`
    case pluginShow(PluginReference)
    /// → the tool's output as it is
    case pluginCall(PluginCall)
    /// The kept lines and, with `follow`, those to come until the client goes, as events of the shape `LogLine`. → `{}`
    case pluginLogs(PluginReference, follow: Bool, lines: Int)
    /// → `PluginReport`
    case pluginRestart(PluginReference)
    /// → `PluginReport`
    case pluginStop(PluginReference)
    /// → `PermissionReport` as it is after the change; without a change it only reads.
    case pluginPermissions(PluginReference, GrantRequest)
    /// Installs the package that was uploaded. → `PluginReport`
    case pluginInstall(TenantID, DocumentHandle, PackageWishes)
    /// Puts the package that was uploaded in force. → `PluginReport`
    case pluginUpdate(TenantID, DocumentHandle, PackageWishes)
    /// Without a version, to the last one before. → `PluginReport`
    case pluginRollback(PluginReference, version: String?)
    /// → `PluginReport`
    case pluginPin(PluginReference, Bool)
    /// → `PluginReport`
    /// To the version and package named, and nothing else that may be there by then.
    case pluginConsent(PluginReference, version: String? = nil, digest: String? = nil)
    /// As it was given, of its secrets only that they are there. → `{"plugin", "configuration", "configured"}`
    case pluginConfiguration(PluginReference)
    /// → `PluginReport`
    case pluginConfigure(PluginReference, JSONValue)
    /// → `PluginReport`
    case pluginEnable(PluginReference)
    /// → `PluginReport`
    case pluginDisable(PluginReference)
    /// → `{}`
    case pluginUninstall(PluginReference, purges: Bool)
    /// → `{"handle"}`
    case documentBegin(TenantID, DocumentName, size: ByteSize)
    /// → `{}`
    case documentAppend(DocumentHandle, DocumentChunk)
    /// → `{"handle", "sha256", "size"}`
    case documentFinish(DocumentHandle)
    /// Makes an uploaded document one of its tenant's. → the document
    case documentKeep(DocumentHandle)
    /// The newest first. → `{"documents", "cursor"}`
    case documentList(TenantID, cursor: Int64?, limit: Int)
    /// → the document
    case documentShow(TenantID, DocumentID)
    /// → `{"data", "size"}`, the data in base64
    case documentRead(TenantID, DocumentID, offset: Int64, length: Int)
    /// → the document that is gone
    case documentDelete(TenantID, DocumentID)
    /// → the document that came out, its metadata, and the turns of the handlers
    case documentProcess(TenantID, DocumentID)
    /// → `{}`
    case secretSet(TenantID, name: String, SecretText)
    /// → `{"secrets"}`, never their values; of a part with `cursor`
    case secretList(TenantID, ListPart = .whole)
    /// → `{"name", "changed", "hosts"}`, never the value
    case secretShow(TenantID, name: String)
    /// → `{}`
    case secretDelete(TenantID, name: String)
    /// → `{"events"}`
    case hookList(TenantID)
    /// → `{"value", "steps", "failure"}`
    case hookApply(HookRunRequest)
    /// An event of the host application. → `{"value", "steps", "failure"}`
    case eventEmit(HookRunRequest)
    /// → `{"restored"}`, how many there were
    case hookRestore(PluginReference, handler: String?)
    /// → `KeyReport` with the key's text
    case keyCreate(KeyRequest)
    /// → `{"keys": [KeyReport…]}`, of a part with `cursor`
    case keyList(TenantID?, ListPart = .whole)
    /// → `KeyReport`
    case keyShow(KeyID)
    /// → `KeyReport` as it was
    case keyRevoke(KeyID)
    case whitelabel(WhitelabelRequest)
    /// The newest first. → `{"entries", "cursor"}`
    case auditList(AuditQuery)
    /// What is wrong with a log first. → `{"log", "isWhole", "finding", …}`
    case auditVerify(TenantID?)
    /// The entries as events, the oldest first. → `{}`
    case auditExport(AuditQuery)
    case people(PeopleRequest)
    case plans(PlanRequest)
    case notification(NotificationRequest)
    case webhook(WebhookRequest)
    case workflow(WorkflowRequest)
    case template(TemplateRequest)
    case run(RunRequest)
    case identityProvider(IdentityProviderRequest)

    case backup(BackupRequest)
    case upload(UploadRequest)

    package var method: ControlMethod {
        switch self {
        case .backup(let request): request.method
        case .upload(let request): request.method
        case .eventEmit: .eventEmit
        case .status: .status
        case .tenantCreate: .tenantCreate
        case .tenantList: .tenantList
        case .tenantShow: .tenantShow
        case .tenantQuota: .tenantQuota
        case .tenantDelete: .tenantDelete
        case .pluginRun: .pluginRun
        case .pluginList: .pluginList
        case .pluginAvailable: .pluginAvailable
        case .pluginShow: .pluginShow
        case .pluginCall: .pluginCall
        case .pluginLogs: .pluginLogs
        case .pluginRestart: .pluginRestart
        case .pluginStop: .pluginStop
        case .pluginPermissions: .pluginPermissions
        case .pluginInstall: .pluginInstall
        case .pluginUpdate: .pluginUpdate
        case .pluginRollback: .pluginRollback
        case .pluginPin: .pluginPin
        case .pluginConsent: .pluginConsent
        case .pluginConfiguration: .pluginConfiguration
        case .pluginConfigure: .pluginConfigure
        case .pluginEnable: .pluginEnable
        case .pluginDisable: .pluginDisable
        case .pluginUninstall: .pluginUninstall
        case .documentBegin: .documentBegin
        case .documentAppend: .documentAppend
        case .documentFinish: .documentFinish
        case .documentKeep: .documentKeep
        case .documentList: .documentList
        case .documentShow: .documentShow
        case .documentRead: .documentRead
        case .documentDelete: .documentDelete
        case .documentProcess: .documentProcess
        case .secretSet: .secretSet
        case .secretList: .secretList
        case .secretShow: .secretShow
        case .secretDelete: .secretDelete
        case .hookList: .hookList
        case .hookApply: .hookApply
        case .hookRestore: .hookRestore
        case .keyCreate: .keyCreate
        case .keyList: .keyList
        case .keyShow: .keyShow
        case .keyRevoke: .keyRevoke
        case .whitelabel(let request): request.method
        case .auditList: .auditList
        case .auditVerify: .auditVerify
        case .auditExport: .auditExport
        case .people(let request): request.method
        case .plans(let request): request.method
        case .notification(let request): request.method
        case .webhook(let request): request.method
        case .workflow(let request): request.method
        case .template(let request): request.method
        case .run(let request): request.method
        case .identityProvider(let request): request.method
        }
    }

    package var legalIn: Set<DaemonState> { method.legalIn }

    /// Whether only the client ends it, so that a daemon about to stop must not wait for it.
    package var isEndless: Bool {
        switch self {
        case .pluginLogs(_, follow: true, _), .run(.logs(_, _, run: _, follow: true)): true
        default: false
        }
    }

    /// Whom and what the request is about, for the audit log.
    package var subject: (tenant: TenantID?, plugin: String?) {
        switch self {
        case .backup(let request): (request.subject, nil)
        case .upload(let request): (request.tenant, nil)
        case .status, .tenantList, .pluginAvailable, .documentAppend, .documentFinish, .documentKeep, .keyShow, .keyRevoke: (nil, nil)
        case .keyCreate(let request): (request.tenant, nil)
        case .whitelabel(let request): (request.tenant, nil)
        case .auditList(let query), .auditExport(let query): (query.tenant, nil)
        case .auditVerify(let id): (id, nil)
        case .people(let request): (request.tenant, nil)
        case .plans(let request): (request.tenant, nil)
        case .notification(let request): (request.tenant, nil)
        case .webhook(let request): (request.tenant, nil)
        case .workflow(let request): (request.tenant, nil)
        case .template(let request): (request.tenant, nil)
        case .run(let request): (request.tenant, nil)
        case .identityProvider(let request): (request.tenant, nil)
        case .documentList(let id, _, _), .documentShow(let id, _), .documentRead(let id, _, _, _),
            .documentDelete(let id, _), .documentProcess(let id, _), .secretSet(let id, _, _), .secretList(let id, _),
            .secretShow(let id, _), .secretDelete(let id, _), .hookList(let id):
            (id, nil)
        case .hookApply(let run), .eventEmit(let run): (run.tenant, nil)
        case .hookRestore(let reference, _): (reference.tenant, reference.plugin.rawValue)
        case .tenantCreate(let id, _, _), .tenantShow(let id), .tenantQuota(let id, _), .tenantDelete(let id): (id, nil)
        case .pluginList(let id, _), .keyList(let id, _): (id, nil)
        case .documentBegin(let id, _, _): (id, nil)
        case .pluginInstall(let id, let handle, _), .pluginUpdate(let id, let handle, _): (id, handle.rawValue)
        case .pluginRollback(let reference, _), .pluginPin(let reference, _), .pluginConsent(let reference, _, _),
            .pluginConfiguration(let reference), .pluginConfigure(let reference, _), .pluginEnable(let reference), .pluginDisable(let reference),
            .pluginUninstall(let reference, _):
            (reference.tenant, reference.plugin.rawValue)
        case .pluginRun(let id, let source, _): (id, source.text)
        case .pluginCall(let call): (call.reference.tenant, call.reference.plugin.rawValue)
        case .pluginShow(let reference), .pluginLogs(let reference, _, _), .pluginRestart(let reference),
            .pluginStop(let reference), .pluginPermissions(let reference, _):
            (reference.tenant, reference.plugin.rawValue)
        }
    }
}

/// One plugin of one tenant.
package struct PluginReference: Hashable, Sendable {
    package var tenant: TenantID
    package var plugin: PluginID

    package init(tenant: TenantID, plugin: PluginID) {
        self.tenant = tenant
        self.plugin = plugin
    }
}
