import Model
import Sandbox
import Store
import Supervisor
import Synchronization

extension PluginHost {
    /// Ends everything of a tenant and empties what its plugins own, then has the tenant itself deleted. Nothing of it is
    /// loaded meanwhile, so that nothing of it is there for a tenant that gets its name.
    func remove(_ tenant: TenantID, _ delete: () async throws(Problem) -> Void) async throws(Problem) {
        departing.withLock { _ = $0.insert(tenant) }
        defer { departing.withLock { _ = $0.remove(tenant) } }
        // What was being loaded before is there when this has its turn.
        try await changes.run { () throws(Problem) in await self.dismiss(tenant) }
        try await purge(tenant)
        try await delete()
    }

    /// Ends everything of a tenant and runs `body`; what is loaded afterwards is read anew.
    func whileAway(_ tenant: TenantID, _ body: () async throws(Problem) -> Void) async throws(Problem) {
        departing.withLock { _ = $0.insert(tenant) }
        defer { departing.withLock { _ = $0.remove(tenant) } }
        try await changes.run { () throws(Problem) in await self.dismiss(tenant) }
        try await body()
    }

    /// Throws for a tenant that is being removed or restored.
    func checkStays(_ tenant: TenantID) throws(Problem) {
        guard departing.withLock({ $0.contains(tenant) }) else { return }
        throw Problem(.conflict, "tenant is being deleted or restored: \(tenant)")
    }

    private func dismiss(_ tenant: TenantID) async {
        for plugin in unhostAll(of: tenant) { await environment.supervisor.removePool(of: plugin, for: tenant) }
        grants.unload(tenant: tenant)
        hooks.forget(tenant)
        shelf.forget(tenant)
        uploads.forget(tenant)
        diskQuota.forget(tenant)
        environment.supervisor.forget(tenant)
    }

    /// Under identities of their own the daemon may not remove a plugin's files; a sealed child of the same identity does.
    private func purge(_ tenant: TenantID) async throws(Problem) {
        guard case .subordinate = environment.identities else { return }
        let store = try await environment.store.tenant(tenant)
        // Also what plugins left that are not installed any more.
        for plugin in try await store.pluginFolders() { try await empty(plugin, of: store) }
    }

    func empty(_ plugin: PluginID, of store: TenantStore) async throws(Problem) {
        let (reason, _) = try await run(
            ["/usr/bin/find", "/data", "/exchange/out", "-mindepth", "1", "-delete"], as: plugin, of: store)
        guard reason.description == "exited 0" else {
            throw Problem(
                .internalFault, "the files of plugin \(plugin) of tenant \(store.id) could not be removed",
                hint: "cloister tenant delete \(store.id) --yes tries again", cause: reason.description)
        }
    }

    /// What a plugin keeps where the daemon may not look, as it says itself. Nil where it is closed to the plugin, too, or takes too
    /// long to look at.
    func closedUsage(of plugin: PluginID, _ store: TenantStore) async throws(Problem) -> ByteSize? {
        let (reason, output) = try await run(
            ["/usr/bin/timeout", "60", "/usr/bin/du", "-xcs", "--block-size=1", "/data", "/exchange/out"], as: plugin, of: store)
        guard reason.description == "exited 0",
            let last = String(decoding: output, as: UTF8.self).split(separator: "\n").last,
            let bytes = last.split(separator: "\t").first.flatMap({ Int64($0) })
        else { return nil }
        return ByteSize(bytes: bytes)
    }

    /// Opens what a plugin closed to itself.
    func reopen(_ plugin: PluginID, of store: TenantStore) async throws(Problem) {
        _ = try await run(["/usr/bin/timeout", "60", "/usr/bin/chmod", "-R", "u+rwX", "/data", "/exchange/out"], as: plugin, of: store)
    }

    /// Runs a program of the system's sealed, with a plugin's identity and folders, and without the plugin.
    private func run(
        _ command: [String], as plugin: PluginID, of store: TenantStore
    ) async throws(Problem) -> (reason: ExitReason, output: [UInt8]) {
        let data = try await store.preparePlugin(plugin)
        let exchange = try ExchangeFolder(making: store.folder.pluginPath(plugin) + "/exchange")
        let (profile, filter) = try environment.profiles.profile(named: "default")
        let slots = environment.identities.slots.map { Int($0) } ?? Int.max
        let slot = try await environment.store.slot(of: plugin, for: store.id, below: slots)
        let sandbox = PluginSandbox(
            profile: profile, filter: filter, limits: profile.limits, temporarySize: profile.filesystem.temporarySize,
            identity: try environment.identities.identity(slot: UInt32(slot)), dropsGroups: false,
            landlockVersion: environment.landlockVersion, system: environment.system,
            enforcement: environment.enforcement)
        let plan = sandbox.plan(
            command: command,
            folders: PluginSandbox.Folders(
                plugin: exchange.inPath, data: data, exchangeIn: exchange.inPath, exchangeOut: exchange.outPath,
                stage: environment.stage))
        return try await environment.supervisor.output(of: plan, limit: 4096)
    }
}
