package import Model

extension ControlRequest {
    /// The names of what it edits, in the order in which its turns are to be taken: requests with a name in common are answered
    /// one after the other, so that what one of them has compared nobody changes before it has changed it. None for what edits
    /// nothing that is there already.
    ///
    /// What changes a tenant's quota takes the tenant's turn before that of the plans, which is everybody's. The changes of a
    /// tenant's plugins come one after the other anyway.
    package var turns: [String] {
        guard isChange else { return [] }
        switch self {
        case .tenantQuota(let id, _), .plans(.choose(_, let id)): return ["tenant \(id)", "plans"]
        case .tenantDelete(let id): return ["tenant \(id)"]
        case .plans(.set), .plans(.delete): return ["plans"]
        case .pluginRun(let id, _, _), .pluginInstall(let id, _, _), .pluginUpdate(let id, _, _): return ["plugins \(id)"]
        case .pluginPermissions(let reference, _), .pluginRollback(let reference, _), .pluginPin(let reference, _),
            .pluginConsent(let reference, _, _), .pluginConfigure(let reference, _), .pluginEnable(let reference),
            .pluginDisable(let reference), .pluginUninstall(let reference, _):
            return ["plugins \(reference.tenant)"]
        case .documentDelete(let tenant, let id): return ["document \(tenant) \(id)"]
        case .secretSet(let tenant, let name, _), .secretDelete(let tenant, let name): return ["secret \(tenant) \(name)"]
        case .keyRevoke(let id): return ["key \(id)"]
        case .people(let request): return request.turns
        case .whitelabel(let request): return request.turns
        case .notification(.setPreferences(let tenant, let person, _)): return ["preferences \(tenant) \(person)"]
        case .webhook(.set(let tenant, let id, _, _)), .webhook(.delete(let tenant, let id)), .webhook(.rotate(let tenant, let id)):
            return ["webhook \(tenant) \(id)"]
        case .workflow(let request): return request.turns
        case .identityProvider(.set(let tenant, _)), .identityProvider(.delete(let tenant)): return ["identity provider \(tenant)"]
        default: return []
        }
    }

    /// That of a tenant's people, whom directories change, too.
    package static func turn(ofPeopleOf tenant: TenantID?) -> String { "people \(tenant?.rawValue ?? "")" }
}

extension PeopleRequest {
    fileprivate var turns: [String] {
        switch self {
        case .role(let tenant, _, _), .remove(let tenant, _, _): [ControlRequest.turn(ofPeopleOf: tenant)]
        case .revokeInvitation(_, let id): ["invitation \(id)"]
        case .revokeSession(_, let id, _): ["session \(id)"]
        case .invite, .invitations, .invitation, .list, .show, .sessions, .session: []
        }
    }
}

extension WhitelabelRequest {
    fileprivate var turns: [String] {
        switch self {
        case .setConfig(let tenant, _): ["look \(tenant)"]
        case .setFeatures(let tenant, _): ["features \(tenant)"]
        // A name may be written in more than one way.
        case .addDomain(let tenant, _), .checkDomain(let tenant, _), .deleteDomain(let tenant, _): ["domains \(tenant)"]
        case .setLogo(let tenant, _), .deleteLogo(let tenant): ["logo \(tenant)"]
        case .config, .features, .domains, .domain, .logo: []
        }
    }
}

extension WorkflowRequest {
    fileprivate var turns: [String] {
        switch self {
        // What is imported says itself what it is.
        case .create(let tenant, _), .save(let tenant, _, _, _), .delete(let tenant, _, _), .publish(let tenant, _, _, _),
            .rollback(let tenant, _, _, _), .activate(let tenant, _), .deactivate(let tenant, _), .import(let tenant, _, _):
            ["workflows \(tenant)"]
        // Neither locks nor links are part of a version.
        case .list, .show, .versions, .version, .diff, .lock, .unlock, .export, .share, .links, .unshare, .validate, .test, .schema: []
        }
    }
}
