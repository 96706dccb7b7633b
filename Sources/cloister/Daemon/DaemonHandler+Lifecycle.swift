import Control
import Model
import Plugins
import Store
import Tenancy

extension DaemonHandler {
    func plugins(of tenant: TenantID?, _ part: ListPart) async throws(Problem) -> JSONValue {
        guard let tenant, let limit = part.limit else {
            return PluginReport.json(try await daemon.host.list(tenant: tenant).map(PluginReport.init))
        }
        let page = try await daemon.host.page(of: tenant, after: part.cursor, limit: limit)
        return part.reply(PluginReport.json(page.elements.map(PluginReport.init)), next: page.next)
    }

    func install(
        _ tenant: TenantID, _ handle: DocumentHandle, _ wishes: PackageWishes, _ caller: Caller
    ) async throws(Problem) -> PluginReport {
        let source = try await package(handle, of: tenant, caller)
        return await told(try await report(try await daemon.lifecycle.install(source, for: tenant, wish(wishes, caller)), tenant))
    }

    func update(
        _ tenant: TenantID, _ handle: DocumentHandle, _ wishes: PackageWishes, _ caller: Caller
    ) async throws(Problem) -> PluginReport {
        let source = try await package(handle, of: tenant, caller)
        return await told(try await report(try await daemon.lifecycle.update(source, for: tenant, wish(wishes, caller)), tenant))
    }

    /// Changes a plugin and tells how it is then.
    func change(
        _ reference: PluginReference,
        _ body: (PluginLifecycle, PluginID, TenantID) async throws(Problem) -> Void
    ) async throws(Problem) -> PluginReport {
        try await body(daemon.lifecycle, reference.plugin, reference.tenant)
        return try await report(reference.plugin, reference.tenant)
    }

    /// Names in a consent what is there to consent to, so that the audit log tells it, and nothing else is consented to that
    /// comes in between.
    func named(_ request: ControlRequest, for caller: Caller) async -> ControlRequest {
        guard case .pluginConsent(let reference, let version, let digest) = request,
            // Nothing of a tenant gets into the log of another one.
            caller.principal.tenant ?? reference.tenant == reference.tenant,
            let target = try? await daemon.lifecycle.consentTarget(of: reference.plugin, for: reference.tenant)
        else { return request }
        return .pluginConsent(
            reference, version: version ?? target.version?.description, digest: digest ?? target.digest?.description)
    }

    func consent(
        _ reference: PluginReference, _ version: String?, _ digest: String?, _ caller: Caller
    ) async throws(Problem) -> PluginReport {
        var target = ConsentTarget()
        if let version { target.version = try Version(version) }
        if let digest {
            guard let named = BlobDigest(digest) else {
                throw Problem(
                    .invalidInput, "not a digest: \(digest.prefix(80).debugDescription)",
                    hint: "`cloister plugin show` tells it: sha256: and 64 digits")
            }
            target.digest = named
        }
        return try await change(reference) { (lifecycle, plugin, tenant) throws(Problem) in
            try await lifecycle.consent(plugin, for: tenant, to: target, by: caller.description)
        }
    }

    /// Never its secrets, and of nothing how they are told apart.
    func configuration(of reference: PluginReference) async throws(Problem) -> JSONValue {
        let (registration, shown) = try await daemon.host.configuration(of: reference.plugin, for: reference.tenant)
        return [
            "plugin": .string(registration.plugin.rawValue), "configuration": shown,
            "configured": .string(Timestamp(milliseconds: registration.configured).description),
        ]
    }

    func uninstall(_ reference: PluginReference, _ purges: Bool) async throws(Problem) -> JSONValue {
        try await daemon.lifecycle.uninstall(reference.plugin, for: reference.tenant, purges: purges)
        return [:]
    }

    private func report(_ plugin: PluginID, _ tenant: TenantID) async throws(Problem) -> PluginReport {
        PluginReport(try await daemon.host.show(plugin, for: tenant))
    }

    /// Tells the tenant where nothing goes on before somebody consents.
    private func told(_ report: PluginReport) async -> PluginReport {
        guard !report.installation.needs.isEmpty else { return report }
        await daemon.notify(
            report.tenant, Notice(.pluginNeedsConsent, about: report.id.rawValue, "The plugin \(report.id) asks for more than it was granted."))
        return report
    }

    private func wish(_ wishes: PackageWishes, _ caller: Caller) -> PluginLifecycle.Wishes {
        PluginLifecycle.Wishes(
            consents: wishes.consents, enables: wishes.enables, configuration: wishes.configuration,
            acceptsNewSigner: wishes.acceptsNewSigner, person: caller.description)
    }

    /// An uploaded package. The blob stays readable while it is open, also when its connection ends.
    private func package(
        _ handle: DocumentHandle, of id: TenantID, _ caller: Caller
    ) async throws(Problem) -> PackageSource {
        let (digest, name) = try await daemon.host.documents.content(
            handle.rawValue, of: id, owner: caller.connection)
        let store = try await daemon.store.tenant(id)
        return PackageSource(try await store.blobs().open(digest), named: name)
    }
}
