import Control
import Model
import Tenancy

extension Daemon {
    /// Refuses what the tenant lacks the feature for, whoever asks.
    func checkFeature(of method: ControlMethod, for tenant: TenantID?) throws(Problem) {
        guard let feature = method.feature, let tenant else { return }
        // Both change a plugin, and may start it.
        if feature == .marketplace { try features.check(.plugins, for: tenant) }
        try features.check(feature, for: tenant)
    }
}

extension Feature {
    /// What a plugin needs besides its grant: without the feature nothing of the kind is granted to it.
    init?(of resource: Resource) {
        switch resource {
        case .documents: self = .documents
        case .hooks: self = .hooks
        default: return nil
        }
    }
}

extension ControlMethod {
    /// The feature that a tenant needs for it; nil where it needs none.
    var feature: Feature? {
        switch self {
        case .documentBegin, .documentAppend, .documentFinish, .documentKeep, .documentList, .documentShow, .documentRead,
            .documentDelete, .documentProcess, .uploadCreate, .uploadList, .uploadShow, .uploadAppend, .uploadFinish, .uploadCancel:
            .documents
        case .pluginRun, .pluginList, .pluginShow, .pluginCall, .pluginLogs, .pluginRestart, .pluginPermissions,
            .pluginRollback, .pluginPin, .pluginConsent, .pluginConfiguration, .pluginConfigure, .pluginEnable:
            .plugins
        case .pluginInstall, .pluginUpdate: .marketplace
        case .hookList, .hookApply, .hookRestore, .eventEmit: .hooks
        case .whitelabelConfigShow, .whitelabelConfigSet, .whitelabelDomainAdd, .whitelabelDomainList, .whitelabelDomainShow,
            .whitelabelDomainCheck, .whitelabelLogoShow, .whitelabelLogoSet:
            .whitelabel
        case .workflowList, .workflowShow, .workflowCreate, .workflowSave, .workflowPublish, .workflowVersions, .workflowVersion, .workflowDiff, 
            .workflowRollback, .workflowActivate, .workflowLock, .workflowImport, .workflowShare, .workflowValidate, .workflowTest, .templateUse, .workflowExecute, .workflowLogs,
            .runList, .runShow, .runResume, .runReplay, .runReplayAll, .runResolve, .approvalList, .approvalDecide:
            .workflows
        // What puts a plugin to rest, or something away, is always possible; so is what the platform itself decides.
        case .status, .tenantCreate, .tenantList, .tenantShow, .tenantQuota, .tenantDelete, .tenantBackup, .tenantBackups,
            .tenantRestore, .tenantExport, .tenantImportBegin, .tenantImportAppend, .tenantImport, .pluginAvailable, .pluginStop,
            .pluginDisable, .pluginUninstall, .secretSet, .secretList, .secretShow, .secretDelete, .keyCreate, .keyList, .keyShow,
            .keyRevoke,
            .whitelabelDomainDelete, .whitelabelLogoDelete, .whitelabelFeaturesShow, .whitelabelFeaturesSet, .auditList,
            .auditVerify, .auditExport, .personInvite, .personList, .personShow, .personRole, .personRemove, .invitationList,
            .invitationShow, .invitationRevoke, .sessionList, .sessionShow, .sessionRevoke, .planList, .planShow, .planSet, .planDelete,
            .tenantPlanShow, .tenantPlanSet, .tenantUsage, .tenantInvoices, .notificationList, .notificationRead,
            .webhookCreate, .webhookList, .webhookShow, .webhookSet, .webhookDelete, .webhookRotate, .webhookTest,
            .webhookDeliveries, .webhookReplay, .notificationPreferencesShow, .notificationPreferencesSet, .workflowDeactivate,
            .workflowDelete, .workflowUnlock, .workflowExport, .workflowLinks, .workflowUnshare, .workflowSchema, .templateList, .templateShow, .runCancel, .runPause,
            .identityProviderShow, .identityProviderSet, .identityProviderDelete, .identityProviderCheck:
            nil
        }
    }
}
