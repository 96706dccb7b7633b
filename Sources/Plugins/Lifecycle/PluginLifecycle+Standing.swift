package import Model
import Store

extension PluginLifecycle {
    /// Grants what the plugin asks for, and puts in force the version that waited for it.
    ///
    /// Throws `conflict` where somebody consents to another version or package than the one that waits or is in force: what
    /// was read may have been replaced since.
    @discardableResult
    package func consent(
        _ id: PluginID, for tenant: TenantID, to wanted: ConsentTarget = ConsentTarget(), by person: String
    ) async throws(Problem) -> Grant {
        try await change(tenant) { [self] (store) throws(Problem) in
            let registration = try await PluginRegistration.find(id, in: store)
            let releases = try await PluginRelease.all(of: id, in: store)
            guard let digest = registration.digest, let waiting = releases.first(where: { $0.role == .pending }) else {
                let manifest = try host.folder(of: registration).manifest
                try wanted.check(manifest.version, registration.digest, of: id)
                let grant = Grant(manifest, of: registration.digest, consentedBy: person)
                try await host.grants.set(grant, in: store)
                return grant
            }
            try wanted.check(waiting.version, waiting.digest, of: id)
            try registration.checkUnpinned(for: tenant)
            let manifest = try admissible(waiting, of: id)
            var job = LifecycleJob(.update(from: digest, to: waiting.digest), of: id, in: store)
            job.manifest = manifest
            job.signers = waiting.signers
            job.configuration = waiting.configuration
            job.isRunning = registration.isEnabled
            let grant = Grant(manifest, of: waiting.digest, consentedBy: person)
            job.grant = grant
            try await perform(job)
            return grant
        }
    }

    /// What somebody would consent to now: the version that waits, or the one in force.
    package func consentTarget(of id: PluginID, for tenant: TenantID) async throws(Problem) -> ConsentTarget {
        let store = try await host.environment.store.tenant(tenant)
        let registration = try await PluginRegistration.find(id, in: store)
        let waiting = try await PluginRelease.all(of: id, in: store).first { $0.role == .pending }
        if registration.digest != nil, let waiting { return ConsentTarget(version: waiting.version, digest: waiting.digest) }
        return ConsentTarget(version: try host.folder(of: registration).manifest.version, digest: registration.digest)
    }

    /// Gives a plugin another configuration. An enabled one gets it in an instance of its own first, and keeps the old one
    /// if that does not come up. A secret that is written as it is shown stays as it was.
    package func configure(_ id: PluginID, for tenant: TenantID, _ configuration: JSONValue) async throws(Problem) {
        try await change(tenant) { [self] (store) throws(Problem) in
            var registration = try await PluginRegistration.find(id, in: store)
            let folder = try host.folder(of: registration)
            let configuration = try folder.manifest.configuration(configuration, withSecretsOf: registration.configuration)
            _ = try folder.manifest.configuration(from: configuration)
            registration.configuration = configuration
            let candidate: HostedPlugin? =
                if registration.isEnabled { try await host.tryOut(registration, of: store) } else { nil }
            step("configure.tried")
            do throws(Problem) {
                try await store.write { try PluginRegistration.setConfiguration(configuration, of: id, $0) }
            } catch {
                if let candidate { await host.discard(candidate) }
                throw error
            }
            step("configure.commit")
            if let candidate { await host.adopt(candidate) }
        }
    }

    /// Allows calls of a plugin, once an instance has come up.
    package func enable(_ id: PluginID, for tenant: TenantID) async throws(Problem) {
        try await change(tenant) { [self] (store) throws(Problem) in try await enable(id, in: store) }
    }

    /// Refuses calls of a plugin and ends its instances; it stays installed.
    package func disable(_ id: PluginID, for tenant: TenantID) async throws(Problem) {
        try await change(tenant) { [self] (store) throws(Problem) in
            _ = try await PluginRegistration.find(id, in: store)
            try await store.write { try PluginRegistration.setEnabled(false, problem: nil, of: id, $0) }
            step("disable.commit")
            await host.retire(id, for: tenant)
            host.announce("plugin.disabled", of: id, for: tenant)
        }
    }

    package func pin(_ id: PluginID, for tenant: TenantID, _ isPinned: Bool) async throws(Problem) {
        try await change(tenant) { [self] (store) throws(Problem) in
            _ = try await installed(id, in: store)
            try await store.write { try PluginRegistration.setPinned(isPinned, of: id, $0) }
        }
    }

    func enable(_ id: PluginID, in store: TenantStore) async throws(Problem) {
        let registration = try await PluginRegistration.find(id, in: store)
        guard !registration.isEnabled || registration.problem != nil else { return }
        let candidate: HostedPlugin
        do throws(Problem) {
            try await check(registration, in: store)
            candidate = try await host.tryOut(registration, of: store)
        } catch {
            try await store.write { try PluginRegistration.setEnabled(false, problem: error.message, of: id, $0) }
            throw error
        }
        step("enable.tried")
        do throws(Problem) {
            try await store.write { try PluginRegistration.setEnabled(true, problem: nil, of: id, $0) }
        } catch {
            await host.discard(candidate)
            throw error
        }
        step("enable.commit")
        await host.adopt(candidate)
        host.announce("plugin.enabled", of: id, for: store.id)
    }

    /// What must be right before a plugin may start: its grants and its configuration.
    private func check(_ registration: PluginRegistration, in store: TenantStore) async throws(Problem) {
        let folder = try host.folder(of: registration)
        let granted = try await Grant.find(registration.plugin, in: store)?.permissions ?? []
        let missing = folder.manifest.essentialNeeds(beyond: granted)
        guard missing.isEmpty else {
            throw Problem(
                .permissionDenied, "plugin \(registration.plugin) needs consent to: \(missing.joined(separator: "; "))",
                hint: "cloister plugin consent \(registration.plugin) --tenant \(store.id)")
        }
        do throws(Problem) {
            _ = try folder.manifest.configuration(from: registration.configuration)
        } catch {
            throw Problem(
                error.code, error.message,
                hint: "cloister plugin configure \(registration.plugin) FILE --tenant \(store.id)", cause: error.cause)
        }
    }
}
