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
    case passwordChanged = "account.password-changed"
    case secondFactorChanged = "account.second-factor-changed"
    case recoveryCodeUsed = "account.recovery-code-used"
    case emailChanged = "account.email-changed"
    case ownKeyCreated = "account.key-created"

    /// Those that everybody may be told of whose role has the scope, and that people choose by. The others are about one
    /// person's account: nobody else learns of them, and the person always does.
    package static let ofTenants = allCases.filter { $0.scope != nil }

    /// What a person must be allowed to see to be told of it; nil for what is about the own account.
    package var scope: Scope? {
        switch self {
        case .passwordChanged, .secondFactorChanged, .recoveryCodeUsed, .emailChanged, .ownKeyCreated: nil
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
        case .passwordChanged, .secondFactorChanged, .recoveryCodeUsed, .emailChanged, .ownKeyCreated: true
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
        case .passwordChanged: "your password was changed"
        case .secondFactorChanged: "your second factor was changed"
        case .recoveryCodeUsed: "a recovery code of yours was used"
        case .emailChanged: "your e-mail address was changed"
        case .ownKeyCreated: "an API key was made in your name"
        }
    }

    /// Whether the same about the same subject is told but once.
    var isToldOnce: Bool { self == .keyExpiring }
}
