import Control
import Egress
import Model
import Plugins
import Sandbox
import Store
import Synchronization
import Tenancy
import Workflows

extension DaemonHandler {
    func create(_ id: TenantID, _ name: String?, _ change: QuotaChange) async throws(Problem) -> TenantReport {
        let quota = try change.applied(to: daemon.configuration.defaultQuota)
        let tenant = try await daemon.store.createTenant(id, name: name, quota: quota)
        await raise("tenant.created", id)
        return TenantReport(id: tenant.id, name: tenant.name, quota: tenant.quota, plugins: 0)
    }

    func tenants(_ part: ListPart) async throws(Problem) -> JSONValue {
        let page = try await daemon.store.activeTenants(after: part.cursor, limit: part.limit)
        var reports: [TenantReport] = []
        for tenant in page.elements { reports.append(try await report(tenant)) }
        return part.reply(TenantReport.json(reports), next: page.next)
    }

    func report(_ id: TenantID) async throws(Problem) -> TenantReport {
        try await report(try await daemon.store.record(of: id))
    }

    /// The new quota holds at once for what runs, as far as the kernel enforces it.
    func setQuota(_ id: TenantID, _ change: QuotaChange) async throws(Problem) -> TenantReport {
        let record = try await daemon.store.record(of: id)
        guard !change.isEmpty else { return try await report(record) }
        let tenant = try await daemon.store.setQuota(try change.applied(to: record.quota), of: id)
        try daemon.groups?.setQuota(tenant.quota, tenant: id)
        await raise("tenant.quota-changed", id)
        return try await report(tenant)
    }

    func delete(_ id: TenantID) async throws(Problem) -> JSONValue {
        _ = try await daemon.store.record(of: id)
        await raise("tenant.deleted", id)
        daemon.keys.forget(id)
        await daemon.settleUsage()
        try await daemon.invoices.closeLast(of: id)
        try await daemon.engine.whileAway(id) { () throws(Problem) in try await daemon.lifecycle.remove(id) }
        daemon.keys.forget(id)
        daemon.plans.forget(id)
        daemon.metering.forget(id)
        daemon.storage.withLock { $0.forget(id) }
        daemon.egress.forget(id)
        daemon.features.forget(id)
        daemon.domains.forget(id)
        daemon.groups?.remove(tenant: id)
        daemon.audit.forget(id)
        return [:]
    }

    /// Tells the tenant's plugins; none of them can hold up what has been decided.
    func raise(_ event: String, _ id: TenantID) async {
        _ = try? await daemon.host.hooks.raise(event, ["tenant": .string(id.rawValue)], for: id)
    }

    private func report(_ tenant: Tenant) async throws(Problem) -> TenantReport {
        let store = try await daemon.store.tenant(tenant.id).passing
        let usage = daemon.groups?.usage(tenant: tenant.id)
        return TenantReport(
            id: tenant.id, name: tenant.name, quota: tenant.quota,
            usage: TenantReport.Usage(
                memoryBytes: usage?.memoryBytes, processes: nil,
                diskBytes: try await daemon.host.diskUsage(of: tenant.id).bytes),
            plugins: try await PluginRegistration.all(in: store).count)
    }
}
