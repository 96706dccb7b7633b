extension Scope {
    /// The roles that have it: the one table of what persons may do.
    ///
    /// A platform's role opens it for the daemon and every tenant, a tenant's role within that tenant. The platform's
    /// support looks after tenants without seeing their documents, and reads no names of their secrets.
    package var roles: Set<Role> {
        switch self {
        case .statusRead: [.platformOwner, .platformReviewer, .platformSupport]
        case .metricsRead: [.platformOwner, .platformSupport]
        case .tenantsRead: [.platformOwner, .platformSupport, .owner, .admin, .billing, .auditor]
        case .tenantsWrite: [.platformOwner]
        case .pluginsRead: [.platformOwner, .platformSupport, .owner, .admin, .builder, .auditor, .member]
        case .pluginsWrite: [.platformOwner, .owner, .admin, .builder]
        case .pluginsCall: [.platformOwner, .owner, .admin, .builder, .member]
        case .documentsRead, .documentsWrite: [.platformOwner, .owner, .admin, .builder, .member]
        case .secretsRead: [.platformOwner, .owner, .admin, .builder, .auditor]
        case .secretsWrite: [.platformOwner, .owner, .admin]
        case .hooksRead: [.platformOwner, .platformSupport, .owner, .admin, .builder, .auditor]
        case .hooksRun, .hooksWrite: [.platformOwner, .owner, .admin, .builder]
        case .keysRead: [.platformOwner, .owner, .admin, .auditor]
        case .keysWrite: [.platformOwner, .owner, .admin]
        case .backupsRead: [.platformOwner, .platformSupport, .owner, .admin, .auditor]
        case .backupsWrite: [.platformOwner, .owner, .admin]
        case .whitelabelRead: [.platformOwner, .platformSupport, .owner, .admin, .auditor]
        case .whitelabelWrite: [.platformOwner, .owner, .admin]
        case .auditRead: [.platformOwner, .owner, .admin, .auditor]
        case .peopleRead: [.platformOwner, .platformSupport, .owner, .admin, .auditor]
        case .peopleWrite: [.platformOwner, .owner, .admin]
        case .peopleProvision: [.platformOwner, .owner, .admin]
        case .webhooksRead: [.platformOwner, .platformSupport, .owner, .admin, .builder, .auditor]
        case .webhooksWrite: [.platformOwner, .owner, .admin]
        case .workflowsRead: [.platformOwner, .platformSupport, .owner, .admin, .builder, .auditor, .member]
        case .workflowsWrite: [.platformOwner, .owner, .admin, .builder]
        case .workflowsRun: [.platformOwner, .owner, .admin, .builder, .member]
        case .ownersWrite: [.platformOwner, .owner]
        }
    }
}
