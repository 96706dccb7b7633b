import Model
import NIOCore
import Sandbox
import Store
import Supervisor
import Wire

/// How the supervisor runs one plugin for one tenant.
struct PluginBlueprint: ChildBlueprint {
    let tenant: TenantID
    let manifest: Manifest
    let configuration: JSONValue
    let plan: LaunchPlan
    let deadlines: ChildMachine.Deadlines
    let limits: Peer.Limits
    let errorRate: Int
    let hostVersion: String
    /// What the plugin may do at this moment.
    let grants: @Sendable () -> [Permission]
    let interface: HostInterface
    let egress: PluginEgress
    let observer: @Sendable (ChildEvent, ChildKey) -> Void
    /// Set for a plugin that speaks MCP.
    var mcp: MCPServer?
    var tap: WireTap.Observer?
    let makeGroup: @Sendable (_ instance: Int) throws(Problem) -> ControlGroup?

    func prepare(instance: Int) throws(Problem) -> PreparedLaunch {
        PreparedLaunch(plan: plan, group: try makeGroup(instance))
    }

    func greeting(instance: Int) -> ByteBuffer {
        let value: JSONValue = [
            "protocol": "cloister/1",
            "host": ["name": "cloister", "version": .string(hostVersion)],
            "plugin": ["id": .string(manifest.id.rawValue), "version": .string(manifest.version.description)],
            "tenant": .string(tenant.rawValue), "instance": .string(String(instance)),
            "configuration": configuration, "grants": .array(grants().map(\.json)),
            "limits": [
                "lineBytes": JSONValue(limits.lineBytes), "inFlight": JSONValue(PoolPolicy.usualConcurrency),
                "deadlineMs": .integer(manifest.deadlines.call.milliseconds),
            ],
        ]
        return ByteBuffer(bytes: value.bytes)
    }

    /// The plugin must name itself and offer the tools that its manifest promises.
    func accept(greeting: ByteBuffer) throws(Problem) {
        let value = try JSONValue.parse(Array(greeting.readableBytesView), as: "the answer to initialize")
        guard value["name"]?.string != nil, value["version"]?.string != nil else {
            throw Problem(
                .pluginFailed, "the answer to initialize has no name or no version",
                hint: #"answer {"name", "version", "hooks": [], "tools": []}"#)
        }
        let offered = Set((value["tools"]?.array ?? []).compactMap { $0.string ?? $0["name"]?.string })
        let missing = manifest.tools.map(\.name).filter { !offered.contains($0) }
        guard missing.isEmpty else {
            throw Problem(
                .pluginFailed, "tools that the manifest promises but initialize does not name: \(missing.joined(separator: ", "))")
        }
        let handlers = Set((value["hooks"]?.array ?? []).compactMap(\.string))
        let unhandled = Set(manifest.hooks.map(\.handler)).subtracting(handlers).sorted()
        guard unhandled.isEmpty else {
            throw Problem(
                .pluginFailed,
                "handlers that the manifest promises but initialize does not name: \(unhandled.joined(separator: ", "))")
        }
    }

    func dialect(instance: Int) -> any ChildDialect {
        if let mcp { return mcp.dialect(instance: instance, hostVersion: hostVersion) }
        return CloisterDialect(greeting: greeting(instance: instance)) { (answer) throws(Problem) in
            try accept(greeting: answer)
        }
    }

    func learned(from dialect: any ChildDialect) {
        if let mcp, let dialect = dialect as? MCPDialect { mcp.learned(from: dialect) }
    }

    func serve(_ listener: consuming Descriptor, of key: ChildKey) -> @Sendable () -> Void {
        egress.serve(listener, instance: key.instance)
    }

    func observe(_ event: ChildEvent, of key: ChildKey) { observer(event, key) }

    func answer(_ request: InboundRequest, from key: ChildKey) { interface.answer(request, from: key) }
}
