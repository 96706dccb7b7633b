import Model
import Sandbox
import Store
import Supervisor

extension PluginHost {
    /// Starts a version beside the one in force and returns when it answers. Throws why it does not; nothing is left of
    /// it then.
    func tryOut(_ registration: PluginRegistration, of store: TenantStore) async throws(Problem) -> HostedPlugin {
        let folder = try folder(of: registration)
        let plugin = try await prepare(registration, folder, store, besideOther: true)
        do throws(Problem) {
            try await plugin.warm()
            return plugin
        } catch {
            await discard(plugin)
            throw error
        }
    }

    /// Sends calls to a version that was tried out; returns when the instances of the one before are gone. Calls that are
    /// under way in these may finish until the stop deadline.
    ///
    /// Loading waits meanwhile: who read the old registration has hosted it before, and is replaced.
    func adopt(_ plugin: HostedPlugin) async {
        let before = try? await changes.run { () throws(Problem) in
            self.host(plugin)
            return self.environment.supervisor.adopt(plugin.pool)
        }
        await before?.stop(
            refusing: Problem(
                .retryLater, "plugin \(plugin.manifest.id) was replaced by version \(plugin.manifest.version)",
                hint: "call again"))
    }

    /// Ends a version that was tried out and is not wanted.
    func discard(_ plugin: HostedPlugin) async { await environment.supervisor.discard(plugin.pool) }

    /// Ends the plugin's instances; it is loaded again only if somebody calls it and its registration allows that.
    func retire(_ id: PluginID, for tenant: TenantID) async {
        try? await changes.run { () throws(Problem) in
            self.unhost(id, for: tenant)
            await self.environment.supervisor.removePool(of: id, for: tenant)
        }
    }

    /// Removes what a plugin keeps for a tenant, whose instances have ended. `step` is told how far it is.
    func purge(
        _ id: PluginID, of store: TenantStore, step: @Sendable (String) -> Void
    ) async throws(Problem) {
        if case .subordinate = environment.identities { try await empty(id, of: store) }
        step("emptied")
        try await environment.store.removePlugin(id, of: store.id)
    }
}
