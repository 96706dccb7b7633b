import Control
import Model

/// Tenants for people.
enum TenantText {
    static func table(_ tenants: [TenantReport], width: Int?) -> String {
        guard !tenants.isEmpty else { return "no tenants yet; make one with: cloister tenant create ID\n" }
        var table = Table([
            .flexible("TENANT"), .right("PLUGINS"), .right("MEMORY"), .right("PROCESSES"), .right("CPU"),
            .right("WEIGHT"), .right("DISK"), .flexible("NAME"),
        ])
        for tenant in tenants {
            let quota = tenant.quota
            table.append([
                tenant.id.rawValue, String(tenant.plugins), quota.memory.description, String(quota.processes),
                HumanText.cores(quota.cpu), String(quota.cpuWeight), quota.disk.description, tenant.name ?? "",
            ])
        }
        return table.text(width: width)
    }

    static func details(_ tenant: TenantReport, width: Int?) -> String {
        let (quota, usage) = (tenant.quota, tenant.usage)
        var details = Details()
        details.add("tenant", tenant.id.rawValue)
        if let name = tenant.name { details.add("name", name) }
        details.add("plugins", String(tenant.plugins))
        details.add("memory", limit(quota.memory.description, used: usage.memoryBytes.map(HumanText.size)))
        details.add("processes", limit(String(quota.processes), used: usage.processes.map(String.init)))
        details.add("cpu", HumanText.cores(quota.cpu) + (quota.cpu == 1 ? " core" : " cores"))
        details.add("cpu weight", String(quota.cpuWeight))
        details.add("disk", limit(quota.disk.description, used: usage.diskBytes.map(HumanText.size)))
        return details.text(width: width)
    }

    private static func limit(_ limit: String, used: String?) -> String {
        used.map { "\($0) of \(limit)" } ?? limit
    }
}
