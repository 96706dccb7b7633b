package import Model

/// A plugin as one tenant has it.
package struct PluginReport: Hashable, Sendable {
    package struct Tool: Hashable, Sendable {
        package var name: String
        package var description: String

        package init(name: String, description: String) {
            self.name = name
            self.description = description
        }
    }

    package var id: PluginID
    package var name: String
    package var version: String
    package var tenant: TenantID
    package var folder: String
    package var state: String
    package var installation: InstallationReport
    package var tools: [Tool]
    package var instances: [ChildReport]
    /// How the last child ended; nil where none has ended yet.
    package var lastExit: ExitReport?
    /// Nil for a plugin that never had a way out.
    package var egress: EgressReport?
    /// What the plugin was granted when it started, in words, one permission each; nil in replies that do not start one.
    package var grants: [String]?

    package init(
        id: PluginID, name: String, version: String, tenant: TenantID, folder: String, state: String,
        installation: InstallationReport, tools: [Tool], instances: [ChildReport], lastExit: ExitReport?
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.tenant = tenant
        self.folder = folder
        self.state = state
        self.installation = installation
        self.tools = tools
        self.instances = instances
        self.lastExit = lastExit
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "plugin")
        let tools = try reply.list("tools") { (value) throws(Problem) in
            let tool = try ReplyReader(value, "plugin: /tools")
            return Tool(name: try tool.string("name"), description: tool["description"]?.string ?? "")
        }
        self.init(
            id: try PluginID(try reply.string("id")), name: try reply.string("name"),
            version: try reply.string("version"), tenant: try TenantID(try reply.string("tenant")),
            folder: try reply.string("folder"), state: try reply.string("state"),
            installation: try InstallationReport(reply), tools: tools,
            instances: try reply.list("instances", ChildReport.init), lastExit: nil)
        if let exit = reply["lastExit"] { lastExit = try ExitReport(exit) }
        if let usage = reply["egress"] { egress = try EgressReport(usage) }
        grants = reply["grants"]?.array?.compactMap(\.string)
    }

    package var json: JSONValue {
        let members: [String: JSONValue] = [
            "id": .string(id.rawValue), "name": .string(name), "version": .string(version),
            "tenant": .string(tenant.rawValue), "folder": .string(folder), "state": .string(state),
            "tools": .array(
                tools.map { ["name": .string($0.name), "description": .string($0.description)] }),
            "instances": .array(instances.map(\.json)), "lastExit": lastExit?.json ?? .null,
            "egress": egress?.json ?? .null, "grants": grants.map { .array($0.map(JSONValue.string)) } ?? .null,
        ]
        return .object(members.merging(installation.members) { own, _ in own })
    }

    /// The reply of `plugin/list`.
    package static func list(_ value: JSONValue) throws(Problem) -> [PluginReport] {
        try ReplyReader(value, "plugin list").list("plugins", PluginReport.init)
    }

    package static func json(_ plugins: [PluginReport]) -> JSONValue {
        ["plugins": .array(plugins.map(\.json))]
    }
}
