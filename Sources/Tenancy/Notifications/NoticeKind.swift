/// What a tenant's people and programs are told of. Stable: databases and clients name them.
package enum NoticeKind: String, Sendable, CaseIterable {
    case tenantRestored = "tenant.restored"
    case pluginFailed = "plugin.failed"
    case pluginNeedsConsent = "plugin.needs-consent"
    case keyCreated = "key.created"
    case keyExpiring = "key.expiring"
    case personInvited = "person.invited"
    case webhookDisabled = "webhook.disabled"
    case quotaWarning = "quota.warning"
    case quotaReached = "quota.reached"
    case workflowApproval = "workflow.approval"
    case workflowFailed = "workflow.failed"

    /// What a person must be allowed to see to be told of it.
    package var scope: Scope {
        switch self {
        case .tenantRestored: .backupsRead
        case .pluginFailed, .pluginNeedsConsent: .pluginsWrite
        case .keyCreated, .keyExpiring: .keysRead
        case .personInvited: .peopleRead
        case .webhookDisabled: .webhooksRead
        case .quotaWarning, .quotaReached: .tenantsRead
        case .workflowApproval, .workflowFailed: .workflowsRead
        }
    }

    /// Whether it cannot wait for somebody to look into the inbox.
    var isUrgent: Bool {
        switch self {
        case .tenantRestored, .pluginFailed, .keyExpiring, .webhookDisabled, .quotaReached, .workflowApproval: true
        case .pluginNeedsConsent, .keyCreated, .personInvited, .quotaWarning, .workflowFailed: false
        }
    }

    /// What a mail about it is called, and what people choose by.
    package var title: String {
        switch self {
        case .tenantRestored: "restored from a backup"
        case .pluginFailed: "a plugin has failed"
        case .pluginNeedsConsent: "a plugin needs consent"
        case .keyCreated: "a new API key"
        case .keyExpiring: "an API key expires soon"
        case .personInvited: "somebody was invited"
        case .webhookDisabled: "a webhook was disabled"
        case .quotaWarning: "a quota is nearly used up"
        case .quotaReached: "a quota is used up"
        case .workflowApproval: "your decision is asked for"
        case .workflowFailed: "a workflow has failed"
        }
    }

    /// Whether the same about the same subject is told but once.
    var isToldOnce: Bool { self == .keyExpiring }
}
