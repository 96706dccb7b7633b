package import Model

/// The requests of the control socket by the name they have on the wire, and when each is legal.
package enum ControlMethod: String, Sendable, CaseIterable {
    case status
    case tenantCreate = "tenant/create"
    case tenantList = "tenant/list"
    case tenantShow = "tenant/show"
    case tenantQuota = "tenant/quota"
    case tenantDelete = "tenant/delete"
    case pluginRun = "plugin/run"
    case pluginList = "plugin/list"
    case pluginAvailable = "plugin/available"
    case pluginShow = "plugin/show"
    case pluginCall = "plugin/call"
    case pluginLogs = "plugin/logs"
    case pluginRestart = "plugin/restart"
    case pluginStop = "plugin/stop"
    case pluginPermissions = "plugin/permissions"
    case pluginInstall = "plugin/install"
    case pluginUpdate = "plugin/update"
    case pluginRollback = "plugin/rollback"
    case pluginPin = "plugin/pin"
    case pluginConsent = "plugin/consent"
    case pluginConfiguration = "plugin/configuration"
    case pluginConfigure = "plugin/configure"
    case pluginEnable = "plugin/enable"
    case pluginDisable = "plugin/disable"
    case pluginUninstall = "plugin/uninstall"
    case documentBegin = "document/begin"
    case documentAppend = "document/append"
    case documentFinish = "document/finish"
    case documentKeep = "document/keep"
    case documentList = "document/list"
    case documentShow = "document/show"
    case documentRead = "document/read"
    case documentDelete = "document/delete"
    case documentProcess = "document/process"
    case uploadCreate = "upload/create"
    case uploadList = "upload/list"
    case uploadShow = "upload/show"
    case uploadAppend = "upload/append"
    case uploadFinish = "upload/finish"
    case uploadCancel = "upload/cancel"
    case secretSet = "secret/set"
    case secretList = "secret/list"
    case secretShow = "secret/show"
    case secretDelete = "secret/delete"
    case hookList = "hook/list"
    case hookApply = "hook/apply"
    case hookRestore = "hook/restore"
    case eventEmit = "event/emit"
    case keyCreate = "key/create"
    case keyList = "key/list"
    case keyShow = "key/show"
    case keyRevoke = "key/revoke"
    case tenantBackup = "tenant/backup"
    case tenantBackups = "tenant/backups"
    case tenantRestore = "tenant/restore"
    case tenantExport = "tenant/export"
    case tenantImportBegin = "tenant/import-begin"
    case tenantImportAppend = "tenant/import-append"
    case tenantImport = "tenant/import"
    case whitelabelConfigShow = "whitelabel/config/show"
    case whitelabelConfigSet = "whitelabel/config/set"
    case whitelabelFeaturesShow = "whitelabel/features/show"
    case whitelabelFeaturesSet = "whitelabel/features/set"
    case whitelabelDomainAdd = "whitelabel/domain/add"
    case whitelabelDomainList = "whitelabel/domain/list"
    case whitelabelDomainShow = "whitelabel/domain/show"
    case whitelabelDomainCheck = "whitelabel/domain/check"
    case whitelabelDomainDelete = "whitelabel/domain/delete"
    case whitelabelLogoShow = "whitelabel/logo/show"
    case whitelabelLogoSet = "whitelabel/logo/set"
    case whitelabelLogoDelete = "whitelabel/logo/delete"
    case auditList = "audit/list"
    case auditVerify = "audit/verify"
    case auditExport = "audit/export"
    case personInvite = "person/invite"
    case personList = "person/list"
    case personShow = "person/show"
    case personRole = "person/role"
    case personRemove = "person/remove"
    case invitationList = "invitation/list"
    case invitationShow = "invitation/show"
    case invitationRevoke = "invitation/revoke"
    case sessionList = "session/list"
    case sessionShow = "session/show"
    case sessionRevoke = "session/revoke"
    case planList = "plan/list"
    case planShow = "plan/show"
    case planSet = "plan/set"
    case planDelete = "plan/delete"
    case tenantPlanShow = "tenant/plan/show"
    case tenantPlanSet = "tenant/plan/set"
    case tenantUsage = "tenant/usage"
    case tenantInvoices = "tenant/invoices"
    case notificationList = "notification/list"
    case notificationRead = "notification/read"
    case notificationPreferencesShow = "notification/preferences/show"
    case notificationPreferencesSet = "notification/preferences/set"
    case webhookCreate = "webhook/create"
    case webhookList = "webhook/list"
    case webhookShow = "webhook/show"
    case webhookSet = "webhook/set"
    case webhookDelete = "webhook/delete"
    case webhookRotate = "webhook/rotate"
    case webhookTest = "webhook/test"
    case webhookDeliveries = "webhook/deliveries"
    case webhookReplay = "webhook/replay"
    case workflowList = "workflow/list"
    case workflowShow = "workflow/show"
    case workflowCreate = "workflow/create"
    case workflowSave = "workflow/save"
    case workflowDelete = "workflow/delete"
    case workflowPublish = "workflow/publish"
    case workflowVersions = "workflow/versions"
    case workflowVersion = "workflow/version"
    case workflowDiff = "workflow/diff"
    case workflowRollback = "workflow/rollback"
    case workflowActivate = "workflow/activate"
    case workflowDeactivate = "workflow/deactivate"
    case workflowLock = "workflow/lock"
    case workflowUnlock = "workflow/unlock"
    case workflowExport = "workflow/export"
    case workflowImport = "workflow/import"
    case workflowShare = "workflow/share"
    case workflowLinks = "workflow/links"
    case workflowUnshare = "workflow/unshare"
    case workflowValidate = "workflow/validate"
    case workflowTest = "workflow/test"
    case workflowSchema = "workflow/schema"
    case templateList = "template/list"
    case templateShow = "template/show"
    case templateUse = "template/use"
    case workflowExecute = "workflow/execute"
    case workflowLogs = "workflow/logs"
    case runList = "run/list"
    case runShow = "run/show"
    case runCancel = "run/cancel"
    case runPause = "run/pause"
    case runResume = "run/resume"
    case runReplay = "run/replay"
    case runReplayAll = "run/replayAll"
    case runResolve = "run/resolve"
    case approvalList = "approval/list"
    case approvalDecide = "approval/decide"
    case identityProviderShow = "identity-provider/show"
    case identityProviderSet = "identity-provider/set"
    case identityProviderDelete = "identity-provider/delete"
    case identityProviderCheck = "identity-provider/check"

    package var legalIn: Set<DaemonState> {
        switch self {
        case .status: Set(DaemonState.allCases)
        // What only reads stays useful while the daemon waits for the last calls to end.
        case .tenantList, .tenantShow, .pluginList, .pluginAvailable, .pluginShow, .pluginLogs, .pluginConfiguration:
            [.ready, .reloading, .draining]
        // A reload must not fail a call that is on its way, nor the documents that belong to it.
        case .pluginCall, .documentBegin, .documentAppend, .documentFinish, .uploadCreate, .uploadAppend: [.ready, .reloading]
        case .pluginPermissions, .documentKeep, .documentDelete, .documentProcess, .secretSet, .secretDelete, .hookApply,
            .hookRestore, .eventEmit, .uploadFinish, .keyCreate, .personInvite, .personRole:
            [.ready, .reloading]
        case .uploadList, .uploadShow, .uploadCancel: [.ready, .reloading, .draining]
        case .documentList, .documentShow, .documentRead, .secretList, .secretShow, .hookList, .keyList, .keyShow, .personList,
            .personShow, .invitationList, .invitationShow, .sessionList, .sessionShow:
            [.ready, .reloading, .draining]
        case .tenantBackups: [.ready, .reloading, .draining]
        case .tenantBackup, .tenantExport, .tenantImportBegin, .tenantImportAppend: [.ready, .reloading]
        case .tenantRestore, .tenantImport: [.ready]
        case .whitelabelConfigShow, .whitelabelFeaturesShow, .whitelabelDomainList, .whitelabelDomainShow,
            .whitelabelLogoShow:
            [.ready, .reloading, .draining]
        case .whitelabelConfigSet, .whitelabelFeaturesSet, .whitelabelDomainAdd, .whitelabelDomainCheck,
            .whitelabelDomainDelete, .whitelabelLogoSet, .whitelabelLogoDelete:
            [.ready, .reloading]
        case .auditList, .auditVerify, .auditExport: [.ready, .reloading, .draining]
        case .planList, .planShow, .tenantPlanShow, .tenantUsage, .tenantInvoices: [.ready, .reloading, .draining]
        case .planSet, .planDelete, .tenantPlanSet: [.ready, .reloading]
        case .notificationList, .notificationPreferencesShow, .webhookList, .webhookShow, .webhookDeliveries: [.ready, .reloading, .draining]
        case .notificationRead, .notificationPreferencesSet, .webhookCreate, .webhookSet, .webhookDelete, .webhookRotate,
            .webhookTest, .webhookReplay:
            [.ready, .reloading]
        case .workflowList, .workflowShow, .workflowVersions, .workflowVersion, .workflowDiff,
            .workflowExport, .workflowLinks, .workflowSchema, .workflowValidate, .workflowTest, .workflowLogs, .runList, .runShow, .approvalList,
            .templateList, .templateShow:
            [.ready, .reloading, .draining]
        case .workflowCreate, .workflowSave, .workflowDelete, .workflowPublish, .workflowRollback, .workflowActivate, .workflowDeactivate,
            .workflowLock, .workflowUnlock, .workflowImport, .workflowShare, .templateUse, .workflowExecute, .runPause, .runResume, .runReplay, .runReplayAll, .runResolve,
            .approvalDecide:
            [.ready, .reloading]
        case .identityProviderShow: [.ready, .reloading, .draining]
        case .identityProviderSet, .identityProviderCheck: [.ready, .reloading]
        case .identityProviderDelete: [.ready, .reloading, .draining]
        // An operator may always put a plugin to rest, and lock a door.
        case .pluginStop, .keyRevoke, .personRemove, .invitationRevoke, .sessionRevoke, .runCancel, .workflowUnshare: [.ready, .reloading, .draining]
        // These read the configuration that a reload is about to replace.
        case .tenantCreate, .tenantQuota, .tenantDelete, .pluginRun, .pluginRestart, .pluginInstall, .pluginUpdate,
            .pluginRollback, .pluginPin, .pluginConsent, .pluginConfigure, .pluginEnable, .pluginDisable, .pluginUninstall:
            [.ready]
        }
    }

    /// The method that a request names, or `unsupported` with the nearest one.
    package init(named name: String) throws(Problem) {
        guard let method = ControlMethod(rawValue: name) else {
            let nearest = Self.allCases.map(\.rawValue).nearest(to: name)
            throw Problem(
                .unsupported, "unknown method: \(name.prefix(80).debugDescription)",
                hint: nearest.map { "did you mean \($0)?" }
                    ?? "this daemon may be older than its client; compare cloister --version and cloister status")
        }
        self = method
    }

    /// Refuses the request where the daemon's state does not allow it: `shuttingDown` once it drains, else `retryLater`.
    package func check(in state: DaemonState) throws(Problem) {
        guard !legalIn.contains(state) else { return }
        switch state {
        case .draining:
            throw Problem(
                .shuttingDown, "the daemon is stopping: \(rawValue) is not possible any more",
                hint: "call again when it has started again")
        case .starting, .reloading, .ready:
            throw Problem(
                .retryLater, "the daemon is \(state.rawValue): \(rawValue) is not possible yet",
                hint: "call again in a second; cloister status tells when it is ready")
        }
    }
}
