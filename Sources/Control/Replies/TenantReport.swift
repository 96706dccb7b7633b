package import Model

/// A tenant with its quota and, where the daemon can tell, what it uses now.
package struct TenantReport: Hashable, Sendable {
    package struct Usage: Hashable, Sendable {
        package var memoryBytes: Int64?
        package var processes: Int?
        package var diskBytes: Int64?

        package init(memoryBytes: Int64? = nil, processes: Int? = nil, diskBytes: Int64? = nil) {
            self.memoryBytes = memoryBytes
            self.processes = processes
            self.diskBytes = diskBytes
        }
    }

    package var id: TenantID
    /// What people call the tenant; nil where nobody gave it a name.
    package var name: String?
    package var quota: Quota
    package var usage: Usage
    /// How many plugins it has, running or not.
    package var plugins: Int

    package init(id: TenantID, name: String?, quota: Quota, usage: Usage = Usage(), plugins: Int) {
        self.id = id
        self.name = name
        self.quota = quota
        self.usage = usage
        self.plugins = plugins
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "tenant")
        let quota = try ReplyReader(reply["quota"] ?? .null, "tenant: /quota")
        let usage = reply["usage"]
        self.init(
            id: try TenantID(try reply.string("id")), name: reply["name"]?.string,
            quota: Quota(
                memory: ByteSize(bytes: try quota.integer("memory")), processes: Int(try quota.integer("processes")),
                cpu: try quota.number("cpu"), cpuWeight: Int(try quota.integer("cpuWeight")),
                disk: ByteSize(bytes: try quota.integer("disk"))),
            usage: Usage(
                memoryBytes: usage?["memoryBytes"]?.integer,
                processes: usage?["processes"]?.integer.map(Int.init(truncatingIfNeeded:)),
                diskBytes: usage?["diskBytes"]?.integer),
            plugins: Int(try reply.integer("plugins")))
    }

    package var json: JSONValue {
        [
            "id": .string(id.rawValue), "name": JSONValue(name),
            "quota": [
                "memory": .integer(quota.memory.bytes), "processes": JSONValue(quota.processes),
                "cpu": .number(quota.cpu), "cpuWeight": JSONValue(quota.cpuWeight), "disk": .integer(quota.disk.bytes),
            ],
            "usage": [
                "memoryBytes": JSONValue(usage.memoryBytes),
                "processes": usage.processes.map { JSONValue($0) } ?? .null,
                "diskBytes": JSONValue(usage.diskBytes),
            ],
            "plugins": JSONValue(plugins),
        ]
    }

    /// The reply of `tenant/list`.
    package static func list(_ value: JSONValue) throws(Problem) -> [TenantReport] {
        try ReplyReader(value, "tenant list").list("tenants", TenantReport.init)
    }

    package static func json(_ tenants: [TenantReport]) -> JSONValue {
        ["tenants": .array(tenants.map(\.json))]
    }
}
