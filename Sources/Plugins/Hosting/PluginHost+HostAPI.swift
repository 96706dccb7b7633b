import Model
import Supervisor

extension PluginHost {
    /// What one plugin may ask, with its own folder of exchange.
    func interface(_ exchange: ExchangeFolder, asking asked: [Permission]) -> HostInterface {
        let services = HostServices(
            store: environment.store, grants: grants, quota: diskQuota, secrets: secrets, shelf: shelf, places: places,
            connections: connections,
            delete: { [weak self] (document, tenant) async throws(Problem) in
                guard let self else { throw Problem(.shuttingDown, "the host is ending") }
                _ = try await delete(document, in: tenant)
            },
            chain: { [hooks] key in hooks.chains.depth(at: key.plugin, of: key.tenant) },
            emit: { [hooks] (event, value, run, key) async throws(Problem) in
                try await hooks.emit(event, value, during: run, from: key.plugin, for: key.tenant)
            })
        return HostInterface(services: services, exchange: exchange, asked: asked)
    }

    /// Takes away what a child had open, and tells its tenant when it is set aside.
    func observe(_ event: ChildEvent, of key: ChildKey) {
        switch event {
        case .callEnded(let call, let remaining): places.ended(call, remaining: remaining, of: key)
        case .ended: places.ended(key)
        case .setAside(let reason):
            announce("plugin.failed", of: key.plugin, for: key.tenant, ["reason": .string(reason.description)])
        }
    }
}
