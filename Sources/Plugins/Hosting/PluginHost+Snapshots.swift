package import Model
import Store
import Supervisor

extension PluginHost {
    /// A plugin as it is now, without loading it. One whose folder went bad is shown with the reason.
    func snapshot(of registration: PluginRegistration, in store: TenantStore) async throws(Problem) -> Snapshot {
        let id = registration.plugin
        let releases = try await PluginRelease.all(of: id, in: store)
        if let plugin = loaded(id, for: store.id) {
            let status = await plugin.pool.status()
            let problem = status.state == "quarantined" ? status.lastEnd?.reason.description : nil
            return Snapshot(
                tenant: store.id, id: id, name: plugin.manifest.name, version: plugin.manifest.version.description,
                folder: plugin.folder, tools: await plugin.tools.map { ($0.name, $0.summary) }, status: status,
                standing: PluginStanding(
                    registration, releases: releases, needs: try await needs(of: plugin.manifest, releases, in: store),
                    problem: problem))
        }
        let status = PoolStatus.notLoaded(plugin: id, tenant: store.id)
        do throws(Problem) {
            let manifest = try folder(of: registration).manifest
            return Snapshot(
                tenant: store.id, id: id, name: manifest.name, version: manifest.version.description,
                folder: registration.folder, tools: manifest.tools.map { ($0.name, $0.summary) }, status: status,
                standing: PluginStanding(
                    registration, releases: releases, needs: try await needs(of: manifest, releases, in: store)))
        } catch {
            let version = releases.first { $0.role == .current }?.version.description
            return Snapshot(
                tenant: store.id, id: id, name: id.rawValue, version: version ?? "unknown", folder: registration.folder,
                tools: [], status: status,
                standing: PluginStanding(registration, releases: releases, needs: [], problem: error.message))
        }
    }

    /// The plugins of a tenant, by identifier, without what their instances are doing.
    package func installed(of tenant: TenantID) async throws(Problem) -> [InstalledPlugin] {
        let store = try await environment.store.tenant(tenant)
        var found: [InstalledPlugin] = []
        for (registration, version) in try await store.read(PluginRegistration.standings(packages: store.packagesPath)) {
            let id = registration.plugin
            var plugin = InstalledPlugin(id: id, name: id.rawValue, version: version ?? "unknown", status: .error)
            do throws(Problem) {
                let loaded = loaded(id, for: tenant)
                let manifest = if let loaded { loaded.manifest } else { try folder(of: registration).manifest }
                (plugin.name, plugin.version) = (manifest.name, manifest.version.description)
                plugin.status = PluginStanding.Status(registration, problem: await loaded?.pool.quarantine?.description)
            } catch {}
            found.append(plugin)
        }
        return found
    }

    /// The manifest in force, without loading the plugin.
    func manifest(of id: PluginID, in store: TenantStore) async throws(Problem) -> Manifest {
        if let plugin = loaded(id, for: store.id) { return plugin.manifest }
        let registration = try await PluginRegistration.find(id, in: store)
        return try folder(of: registration).manifest
    }

    /// What somebody would consent to: the requests of the version that waits, or of the one in force.
    private func needs(
        of manifest: Manifest, _ releases: [PluginRelease], in store: TenantStore
    ) async throws(Problem) -> [String] {
        let grant = try await Grant.find(manifest.id, in: store)
        let granted = grant?.permissions ?? []
        guard let waiting = releases.first(where: { $0.role == .pending }) else {
            let isFolder = !releases.contains { $0.role == .current }
            let profile = isFolder ? grant?.profile : nil
            let change = profile.flatMap { $0 == manifest.profile ? nil : Manifest.change(of: $0, to: manifest.profile) }
            return manifest.needs(beyond: granted) + [change].compactMap(\.self)
        }
        let place = "\(store.packagesPath)/\(waiting.digest.hexadecimal)"
        let other = try PluginFolder.open(place, dataFolder: environment.store.folder).manifest
        return other.needs(beyond: granted) + other.profileChange(from: manifest)
    }
}
