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

    /// What a person must be allowed to see to be told of it.
    package var scope: Scope {
        switch self {
        case .tenantRestored: .backupsRead
        case .pluginFailed, .pluginNeedsConsent: .pluginsWrite
        case .keyCreated, .keyExpiring: .keysRead
        case .personInvited: .peopleRead
        case .webhookDisabled: .webhooksRead
        case .quotaWarning, .quotaReached: .tenantsRead
        }
    }

    /// Whether the same about the same subject is told but once.
    var isToldOnce: Bool { self == .keyExpiring }
}
