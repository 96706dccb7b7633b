package import Model
package import NIOCore

extension ControlRequest {
    static let defaultLogLines = 100
    static let mostLogLines = 10_000

    /// Reads a request strictly: every member by name and kind, nothing unknown. Problems are `invalidInput` and name
    /// the JSON pointer; an unknown method is `unsupported`.
    package init(method: String, parameters: ByteBuffer?) throws(Problem) {
        try self.init(try ControlMethod(named: method), parameters: parameters)
    }

    package init(_ method: ControlMethod, parameters bytes: ByteBuffer?) throws(Problem) {
        var parameters = try ControlParameters(bytes, raw: method.rawMembers)
        self = try Self.read(method, &parameters)
        try parameters.finish()
    }

    private static func read(
        _ method: ControlMethod, _ parameters: inout ControlParameters
    ) throws(Problem) -> ControlRequest {
        switch method {
        case .status: return .status
        case .tenantList: return .tenantList(try ListPart(taking: &parameters))
        case .tenantCreate:
            let name = try parameters.members.optionalString("name")
            return .tenantCreate(
                try parameters.identifier("id"), name: name, try QuotaChange(taking: &parameters))
        case .tenantShow: return .tenantShow(try parameters.identifier("id"))
        case .tenantQuota:
            return .tenantQuota(try parameters.identifier("id"), try QuotaChange(taking: &parameters))
        case .tenantDelete: return .tenantDelete(try parameters.identifier("id"))
        case .pluginRun:
            let configuration = try parameters.configuration()
            return .pluginRun(
                try parameters.identifier("tenant"), try parameters.pluginSource("folder"),
                configuration: configuration)
        case .pluginList:
            let (tenant, part): (TenantID?, ListPart) = (try parameters.optionalIdentifier("tenant"), try ListPart(taking: &parameters))
            guard tenant != nil || part.limit == nil else {
                throw Problem(.invalidInput, "/tenant: missing", hint: "a part of the list is of one tenant")
            }
            return .pluginList(tenant, part)
        case .pluginAvailable: return .pluginAvailable(try PluginSearch(taking: &parameters))
        case .pluginShow: return .pluginShow(try parameters.reference())
        case .pluginCall: return .pluginCall(try PluginCall(taking: &parameters))
        case .pluginLogs:
            return .pluginLogs(
                try parameters.reference(), follow: try parameters.members.optionalBool("follow") ?? false,
                lines: try parameters.optionalCount("lines", in: 0...mostLogLines) ?? defaultLogLines)
        case .pluginRestart: return .pluginRestart(try parameters.reference())
        case .pluginStop: return .pluginStop(try parameters.reference())
        case .pluginPermissions:
            return .pluginPermissions(try parameters.reference(), try GrantRequest(taking: &parameters))
        case .pluginInstall:
            return .pluginInstall(
                try parameters.identifier("tenant"), try parameters.identifier("document"),
                try PackageWishes(taking: &parameters))
        case .pluginUpdate:
            return .pluginUpdate(
                try parameters.identifier("tenant"), try parameters.identifier("document"),
                try PackageWishes(taking: &parameters))
        case .pluginRollback:
            return .pluginRollback(try parameters.reference(), version: try parameters.members.optionalString("version"))
        case .pluginPin:
            return .pluginPin(try parameters.reference(), try parameters.members.optionalBool("pinned") ?? true)
        case .pluginConsent:
            return .pluginConsent(
                try parameters.reference(), version: try parameters.members.optionalString("version"),
                digest: try parameters.members.optionalString("digest"))
        case .pluginConfiguration: return .pluginConfiguration(try parameters.reference())
        case .pluginConfigure:
            return .pluginConfigure(try parameters.reference(), try parameters.configuration() ?? [:])
        case .pluginEnable: return .pluginEnable(try parameters.reference())
        case .pluginDisable: return .pluginDisable(try parameters.reference())
        case .pluginUninstall:
            return .pluginUninstall(
                try parameters.reference(), purges: try parameters.members.optionalBool("purge") ?? false)
        case .documentBegin:
            return .documentBegin(
                try parameters.identifier("tenant"), try parameters.documentName("name"),
                size: try parameters.size("size"))
        case .documentAppend:
            return .documentAppend(
                try parameters.identifier("handle"), try DocumentChunk(quoted: parameters.takeRaw("data")))
        case .documentFinish: return .documentFinish(try parameters.identifier("handle"))
        case .documentKeep: return .documentKeep(try parameters.identifier("handle"))
        case .documentList:
            return .documentList(
                try parameters.identifier("tenant"), cursor: try parameters.members.optionalInteger("cursor"),
                limit: try parameters.optionalCount("limit", in: 1...1000) ?? 100)
        case .documentShow:
            return .documentShow(try parameters.identifier("tenant"), try parameters.identifier("document"))
        case .documentRead:
            return .documentRead(
                try parameters.identifier("tenant"), try parameters.identifier("document"),
                offset: try parameters.size("offset").bytes,
                length: try parameters.optionalCount("length", in: 1...Int(DocumentChunk.limit.bytes))
                    ?? Int(DocumentChunk.limit.bytes))
        case .documentDelete:
            return .documentDelete(try parameters.identifier("tenant"), try parameters.identifier("document"))
        case .documentProcess:
            return .documentProcess(try parameters.identifier("tenant"), try parameters.identifier("document"))
        case .secretSet:
            let tenant: TenantID = try parameters.identifier("tenant")
            let name = try parameters.word("name", limit: 128)
            let value = try parameters.members.string("value")
            return .secretSet(tenant, name: name, SecretText(value, hosts: try parameters.words("hosts", limit: SecretText.hostLimit)))
        case .secretList: return .secretList(try parameters.identifier("tenant"), try ListPart(taking: &parameters))
        case .secretShow:
            return .secretShow(try parameters.identifier("tenant"), name: try parameters.word("name", limit: 128))
        case .secretDelete:
            return .secretDelete(try parameters.identifier("tenant"), name: try parameters.word("name", limit: 128))
        case .hookList: return .hookList(try parameters.identifier("tenant"))
        case .hookApply: return .hookApply(try HookRunRequest(taking: &parameters))
        case .eventEmit: return .eventEmit(try HookRunRequest(taking: &parameters))
        case .uploadCreate, .uploadList, .uploadShow, .uploadAppend, .uploadFinish, .uploadCancel:
            return .upload(try UploadRequest(method, taking: &parameters))
        case .hookRestore:
            return .hookRestore(try parameters.reference(), handler: try parameters.members.optionalString("handler"))
        case .keyCreate: return .keyCreate(try KeyRequest(taking: &parameters))
        case .keyList: return .keyList(try parameters.optionalIdentifier("tenant"), try ListPart(taking: &parameters))
        case .keyShow: return .keyShow(try parameters.identifier("key"))
        case .keyRevoke: return .keyRevoke(try parameters.identifier("key"))
        case .tenantBackup, .tenantBackups, .tenantRestore, .tenantExport, .tenantImportBegin, .tenantImportAppend,
            .tenantImport:
            return .backup(try BackupRequest(method, taking: &parameters))
        case .whitelabelConfigShow: return .whitelabel(try parameters.whitelabelConfig())
        case .whitelabelConfigSet: return .whitelabel(try parameters.whitelabelConfigSet())
        case .whitelabelFeaturesShow: return .whitelabel(try parameters.whitelabelFeatures())
        case .whitelabelDomainAdd: return .whitelabel(try parameters.whitelabelDomain(WhitelabelRequest.addDomain))
        case .whitelabelDomainList: return .whitelabel(.domains(try parameters.identifier("tenant")))
        case .whitelabelDomainShow: return .whitelabel(try parameters.whitelabelDomain(WhitelabelRequest.domain))
        case .whitelabelDomainCheck: return .whitelabel(try parameters.whitelabelDomain(WhitelabelRequest.checkDomain))
        case .whitelabelDomainDelete: return .whitelabel(try parameters.whitelabelDomain(WhitelabelRequest.deleteDomain))
        case .whitelabelLogoShow: return .whitelabel(.logo(try parameters.identifier("tenant")))
        case .whitelabelLogoSet: return .whitelabel(try parameters.whitelabelLogoSet())
        case .whitelabelLogoDelete: return .whitelabel(.deleteLogo(try parameters.identifier("tenant")))
        case .whitelabelFeaturesSet: return .whitelabel(try parameters.whitelabelFeaturesSet())
        case .auditList: return .auditList(try AuditQuery(taking: &parameters))
        case .auditVerify: return .auditVerify(try parameters.optionalIdentifier("tenant"))
        case .auditExport: return .auditExport(try AuditQuery(taking: &parameters))
        case .personInvite, .personList, .personShow, .personRole, .personRemove, .invitationList, .invitationShow,
            .invitationRevoke, .sessionList, .sessionShow, .sessionRevoke:
            return .people(try PeopleRequest(method, &parameters))
        case .planList, .planShow, .planSet, .planDelete, .tenantPlanShow, .tenantPlanSet, .tenantUsage, .tenantInvoices:
            return .plans(try PlanRequest(method, taking: &parameters))
        case .notificationList, .notificationRead, .notificationPreferencesShow, .notificationPreferencesSet:
            return .notification(try NotificationRequest(method, &parameters))
        case .webhookCreate, .webhookList, .webhookShow, .webhookSet, .webhookDelete, .webhookRotate, .webhookTest,
            .webhookDeliveries, .webhookReplay:
            return .webhook(try WebhookRequest(method, &parameters))
        case .workflowList, .workflowShow, .workflowCreate, .workflowSave, .workflowDelete, .workflowPublish,
            .workflowVersions, .workflowVersion, .workflowDiff, .workflowRollback, .workflowActivate,
            .workflowDeactivate, .workflowLock, .workflowUnlock, .workflowExport, .workflowImport,
            .workflowShare, .workflowLinks, .workflowUnshare, .workflowValidate, .workflowTest, .workflowSchema:
            return .workflow(try WorkflowRequest(method, &parameters))
        case .templateList, .templateShow, .templateUse: return .template(try TemplateRequest(method, &parameters))
        case .workflowExecute, .workflowLogs, .runList, .runShow, .runCancel, .runPause, .runResume, .runReplay, .runReplayAll, .runResolve,
            .approvalList, .approvalDecide:
            return .run(try RunRequest(method, &parameters))
        case .identityProviderShow, .identityProviderSet, .identityProviderDelete, .identityProviderCheck:
            return .identityProvider(try IdentityProviderRequest(method, &parameters))
        }
    }
}

extension ControlMethod {
    /// Members that stay bytes: payload that the daemon only passes on, or decodes itself in one step.
    fileprivate var rawMembers: Set<String> {
        switch self {
        case .pluginCall: ["input"]
        case .documentAppend, .uploadAppend, .tenantImportAppend, .whitelabelLogoSet: ["data"]
        case .hookApply, .eventEmit: ["value"]
        default: []
        }
    }
}
