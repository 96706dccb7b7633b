/// What a caller may do, in the smallest parts that are given out one by one. Stable: keys name them.
package enum Scope: String, Sendable, CaseIterable, Comparable {
    case statusRead = "status:read"
    case metricsRead = "metrics:read"
    case tenantsRead = "tenants:read"
    case tenantsWrite = "tenants:write"
    case pluginsRead = "plugins:read"
    case pluginsWrite = "plugins:write"
    case pluginsCall = "plugins:call"
    case documentsRead = "documents:read"
    case documentsWrite = "documents:write"
    case secretsRead = "secrets:read"
    case secretsWrite = "secrets:write"
    case hooksRead = "hooks:read"
    case hooksRun = "hooks:run"
    case hooksWrite = "hooks:write"
    case keysRead = "keys:read"
    case keysWrite = "keys:write"
    case backupsRead = "backups:read"
    case backupsWrite = "backups:write"
    case whitelabelRead = "whitelabel:read"
    case whitelabelWrite = "whitelabel:write"
    case auditRead = "audit:read"
    case peopleRead = "people:read"
    case peopleWrite = "people:write"
    /// What a directory needs: to make, change and remove persons and groups by SCIM, owners excepted.
    case peopleProvision = "people:provision"
    case webhooksRead = "webhooks:read"
    case webhooksWrite = "webhooks:write"
    case workflowsRead = "workflows:read"
    case workflowsWrite = "workflows:write"
    case workflowsRun = "workflows:run"
    /// To make owners and to take them away: what an owner has before every other.
    case ownersWrite = "owners:write"

    package static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
}
