import Model

extension ControlMethod {
    /// What a request does to the house: whether the audit log has to know of it before it is done.
    package enum Effect: Sendable {
        case reads
        /// Lets a plugin work. What that changes, its own requests to the host say.
        case uses
        case changes
    }

    /// Every method says it by itself: none that is added later is left out of the log.
    package var effect: Effect {
        switch self {
        case .status, .tenantList, .tenantShow, .pluginList, .pluginAvailable, .pluginShow, .pluginLogs, .pluginConfiguration, .documentList,
            .documentShow, .documentRead, .secretList, .secretShow, .hookList, .keyList, .keyShow, .tenantBackups, .auditList, .auditVerify,
            .auditExport, .whitelabelConfigShow, .whitelabelFeaturesShow, .whitelabelDomainList, .whitelabelDomainShow,
            .whitelabelLogoShow,
            .personList, .personShow, .invitationList, .invitationShow, .sessionList, .sessionShow, .planList, .planShow, .tenantPlanShow, .tenantUsage,
            .tenantInvoices, .uploadList, .uploadShow, .notificationList, .notificationPreferencesShow, .webhookList, .webhookShow,
            .webhookDeliveries, .workflowList, .workflowShow, .workflowVersions, .workflowVersion, .workflowDiff, .workflowExport, .workflowLinks,
            .workflowSchema, .templateList, .templateShow, .workflowLogs, .runList, .runShow, .approvalList, .identityProviderShow:
            .reads
        case .pluginCall, .hookApply, .eventEmit: .uses
        // The parts of a document that nobody keeps change nothing.
        case .documentBegin, .documentAppend, .documentFinish, .uploadCreate, .uploadAppend, .tenantImportBegin, .tenantImportAppend: .uses
        // What somebody has read is nobody's business.
        case .notificationRead: .uses
        // Nothing is saved.
        case .workflowValidate, .workflowTest: .uses
        // It asks the provider, and changes nothing.
        case .identityProviderCheck: .uses
        // A run has a record of its own.
        case .workflowExecute: .uses
        // What leaves the house as a whole is worth an entry, too.
        case .tenantBackup, .tenantRestore, .tenantExport, .tenantImport: .changes
        case .tenantCreate, .tenantQuota, .tenantDelete, .pluginRun, .pluginRestart, .pluginStop, .pluginPermissions,
            .pluginInstall, .pluginUpdate, .pluginRollback, .pluginPin, .pluginConsent, .pluginConfigure, .pluginEnable,
            .pluginDisable, .pluginUninstall, .documentKeep, .documentDelete, .documentProcess, .uploadFinish, .uploadCancel, .secretSet, .secretDelete,
            .hookRestore, .keyCreate, .keyRevoke, .whitelabelConfigSet, .whitelabelFeaturesSet, .whitelabelDomainAdd,
            .whitelabelDomainCheck, .whitelabelDomainDelete, .whitelabelLogoSet, .whitelabelLogoDelete,
            .personInvite, .personRole, .personRemove, .invitationRevoke, .sessionRevoke, .planSet, .planDelete,
            .tenantPlanSet, .webhookCreate, .webhookSet, .webhookDelete, .webhookRotate, .webhookTest, .webhookReplay,
            .notificationPreferencesSet, .workflowCreate, .workflowSave, .workflowDelete, .workflowPublish, .workflowRollback, .workflowActivate, .workflowDeactivate,
            .workflowLock, .workflowUnlock, .workflowImport, .workflowShare, .workflowUnshare, .templateUse, .runCancel, .runPause, .runResume, .runReplay, .runReplayAll, .runResolve,
            .approvalDecide, .identityProviderSet, .identityProviderDelete:
            .changes
        }
    }
}

extension ControlRequest {
    /// Whether it is to be written down before it is done.
    package var isChange: Bool {
        switch self {
        case .tenantQuota(_, let change): !change.isEmpty
        case .pluginPermissions(_, let request): !request.isEmpty
        // A run has a record of its own; who picked one node of a workflow, and made its effects outside of it, that does not say.
        case .run(.execute(_, _, _, let options)) where options.node != nil: true
        default: method.effect == .changes
        }
    }

    /// Whether it only takes something away, and must be possible even where nothing can be written any more.
    package var isBrake: Bool {
        switch self {
        case .pluginStop, .keyRevoke, .identityProvider(.delete), .workflow(.unshare): true
        case .people(let request): request.isBrake
        default: false
        }
    }

    /// Whether it is about the coming and going of whole tenants, their logs included, and not something within one.
    package var concernsPlatform: Bool {
        switch method {
        case .tenantCreate, .tenantDelete, .tenantRestore, .tenantExport, .tenantImport: true
        default: false
        }
    }

    /// What it is about within its tenant, by name; never what somebody may not read.
    package var objectName: String {
        switch self {
        case .keyCreate(let request): request.name
        case .keyShow(let key), .keyRevoke(let key): key.rawValue
        case .people(let request): request.objectName
        case .plans(let request): request.objectName
        case .notification(let request): request.objectName
        case .webhook(let request): request.objectName
        case .workflow(let request): request.objectName
        case .template(let request): request.objectName
        case .run(let request): request.objectName
        case .documentKeep(let handle): handle.rawValue
        case .documentShow(_, let id), .documentRead(_, let id, _, _), .documentDelete(_, let id), .documentProcess(_, let id):
            id.rawValue
        case .secretSet(_, let name, _), .secretShow(_, let name), .secretDelete(_, let name): name
        case .pluginCall(let call): "\(call.reference.plugin) \(call.tool)"
        case .pluginConsent(let reference, let version, let digest):
            [reference.plugin.rawValue, version, digest].compactMap(\.self).joined(separator: " ")
        case .hookApply(let run), .eventEmit(let run): run.event
        case .upload(let request): request.objectName
        default: subject.plugin ?? ""
        }
    }
}
