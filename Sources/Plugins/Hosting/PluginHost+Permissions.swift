package import Model
import NIOCore
import Store
import Supervisor

extension PluginHost {
    /// What a plugin asks for, was granted and used, after the changes; without one it only reads.
    ///
    /// A change holds for running children when this returns, and is told to them.
    package func permissions(
        of id: PluginID, for tenant: TenantID, changing changes: [GrantChange] = [], by person: String
    ) async throws(Problem) -> GrantAccount {
        let store = try await environment.store.tenant(tenant)
        let manifest = try await manifest(of: id, in: store)
        let uses = try await grants.uses(of: id, in: store)
        guard !changes.isEmpty else { return GrantAccount(manifest, try await Grant.find(id, in: store), uses) }
        let grant = try await grants.change(id, in: store) { (known) throws(Problem) in
            var grant = known ?? Grant(manifest, permissions: [], consentedBy: person)
            for change in changes {
                grant.permissions = try change.applied(
                    to: grant.permissions, requested: manifest.requests.map(\.permission), uses: uses)
            }
            grant.consentedBy = person
            grant.consented = Moment.now
            return grant
        }
        return GrantAccount(manifest, grant, uses)
    }

    /// Tells the running children of a plugin what they may do now.
    func tellGrants(of plugin: PluginID, to tenant: TenantID) {
        let value: JSONValue = ["grants": .array(grants.permissions(of: plugin, for: tenant).map(\.json))]
        environment.supervisor.pool(of: plugin, for: tenant)?.notify(
            "grants/changed", ByteBuffer(bytes: value.bytes))
    }
}
