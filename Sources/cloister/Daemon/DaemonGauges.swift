import Egress
import Glibc
import Model
import Plugins
import Sandbox
import Store
import Supervisor
import Tenancy
import Web

/// What the daemon measures for monitoring.
struct DaemonGauges {
    private let daemon: Daemon

    init(_ daemon: Daemon) { self.daemon = daemon }

    var all: [Gauge] {
        get async { await tenants + children + egress + database + webhooks }
    }

    private var tenants: [Gauge] {
        get async {
            guard let tenants = try? await daemon.store.tenants() else { return [] }
            var gauges = [Gauge("cloister_tenants", "Tenants.", Double(tenants.count))]
            for tenant in tenants {
                let labels = ["tenant": tenant.id.rawValue]
                let (quota, usage) = (tenant.quota, daemon.groups?.usage(tenant: tenant.id))
                gauges += [
                    Gauge("cloister_quota_memory_bytes", "Memory that a tenant may use.", labels: labels, Double(quota.memory.bytes)),
                    Gauge("cloister_quota_disk_bytes", "Disk that a tenant may use.", labels: labels, Double(quota.disk.bytes)),
                    Gauge("cloister_quota_cpu", "Processors that a tenant may use.", labels: labels, quota.cpu),
                ]
                if let memory = usage?.memoryBytes {
                    gauges.append(Gauge("cloister_tenant_memory_bytes", "Memory that a tenant uses.", labels: labels, Double(memory)))
                }
            }
            return gauges
        }
    }

    private var children: [Gauge] {
        get async {
            let instances = await daemon.host.statuses.flatMap(\.instances)
            let states = Dictionary(grouping: instances, by: \.state).mapValues(\.count)
            return states.map {
                Gauge("cloister_children", "Sealed children by state.", labels: ["state": $0.key], Double($0.value))
            } + [
                Gauge(
                    "cloister_child_restarts", "Restarts of the children that there are.",
                    Double(instances.reduce(0) { $0 + $1.restarts }))
            ]
        }
    }

    private var egress: [Gauge] {
        let usage = daemon.egress.usage()
        return [
            Gauge("cloister_egress_sent_bytes_total", "Bytes that plugins sent.", kind: .counter, Double(usage.sent)),
            Gauge("cloister_egress_received_bytes_total", "Bytes that plugins received.", kind: .counter, Double(usage.received)),
            Gauge("cloister_egress_requests_total", "Requests of plugins that were let out.", kind: .counter, Double(usage.requests)),
            Gauge("cloister_egress_refusals_total", "Requests of plugins that were refused.", kind: .counter, Double(usage.refusals)),
            Gauge("cloister_egress_connections", "Connections of plugins that are open.", Double(usage.connections)),
        ]
    }

    private var webhooks: [Gauge] {
        get async {
            let load = await daemon.courier.load
            return [
                Gauge("cloister_webhooks_waiting", "Webhooks that messages wait for.", Double(load.waiting)),
                Gauge("cloister_webhooks_sending", "Webhooks that a message is on its way to.", Double(load.onTheWay)),
            ]
        }
    }

    private var database: [Gauge] {
        get async {
            var gauges = [
                Gauge("cloister_databases_open", "Databases of tenants that are open.", Double(await daemon.store.openTenantCount))
            ]
            for (name, suffix) in [("main", ""), ("log", "-wal")] {
                guard let size = Self.size(of: daemon.store.folder.registryPath + suffix) else { continue }
                gauges.append(Gauge("cloister_registry_bytes", "Size of the registry.", labels: ["file": name], Double(size)))
            }
            return gauges
        }
    }

    private static func size(of path: String) -> off_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_size : nil
    }
}
