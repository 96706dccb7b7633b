package import Model

/// What `status` answers.
package struct StatusReport: Hashable, Sendable {
    package var version: String
    package var state: DaemonState
    package var processID: Int32
    package var uptimeSeconds: Int64
    /// The data folder, an absolute path.
    package var data: String
    /// The control socket, an absolute path.
    package var socket: String
    /// How children get their user: `range`, `subordinate` or `single`.
    package var identities: String
    package var enforcement: EnforcementReport
    package var tenants: Int
    package var children: [ChildReport]
    /// Of all plugins together; nil from a daemon that does not say.
    package var egress: EgressReport?

    package init(
        version: String, state: DaemonState, processID: Int32, uptimeSeconds: Int64, data: String, socket: String,
        identities: String, enforcement: EnforcementReport, tenants: Int, children: [ChildReport]
    ) {
        self.version = version
        self.state = state
        self.processID = processID
        self.uptimeSeconds = uptimeSeconds
        self.data = data
        self.socket = socket
        self.identities = identities
        self.enforcement = enforcement
        self.tenants = tenants
        self.children = children
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "status")
        let state = try reply.string("state")
        guard let known = DaemonState(rawValue: state) else {
            throw Problem(.internalFault, "status: /state: unknown state \(state.debugDescription)")
        }
        self.init(
            version: try reply.string("version"), state: known,
            processID: Int32(truncatingIfNeeded: try reply.integer("processID")),
            uptimeSeconds: try reply.integer("uptimeSeconds"), data: try reply.string("data"),
            socket: try reply.string("socket"), identities: try reply.string("identities"),
            enforcement: try EnforcementReport(reply["enforcement"] ?? .null),
            tenants: Int(try reply.integer("tenants")), children: try reply.list("children", ChildReport.init))
        if let usage = reply["egress"] { egress = try EgressReport(usage) }
    }

    package var json: JSONValue {
        [
            "version": .string(version), "state": .string(state.rawValue), "processID": .integer(Int64(processID)),
            "uptimeSeconds": .integer(uptimeSeconds), "data": .string(data), "socket": .string(socket),
            "identities": .string(identities), "enforcement": enforcement.json, "tenants": JSONValue(tenants),
            "children": .array(children.map(\.json)), "egress": egress?.json ?? .null,
        ]
    }
}

/// Which quotas the kernel enforces for this daemon, and which it does not.
package struct EnforcementReport: Hashable, Sendable {
    /// The control group below which children live; nil where there is none.
    package var controlGroup: String?
    package var memory: Bool
    package var processes: Bool
    package var cpu: Bool
    package var io: Bool
    package var kill: Bool
    /// A sentence for each thing that is not enforced, with its reason.
    package var missing: [String]

    package init(
        controlGroup: String?, memory: Bool, processes: Bool, cpu: Bool, io: Bool, kill: Bool, missing: [String]
    ) {
        self.controlGroup = controlGroup
        self.memory = memory
        self.processes = processes
        self.cpu = cpu
        self.io = io
        self.kill = kill
        self.missing = missing
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "status: /enforcement")
        self.init(
            controlGroup: reply["controlGroup"]?.string, memory: try reply.bool("memory"),
            processes: try reply.bool("processes"), cpu: try reply.bool("cpu"), io: try reply.bool("io"),
            kill: try reply.bool("kill"), missing: try reply.strings("missing"))
    }

    package var json: JSONValue {
        [
            "controlGroup": JSONValue(controlGroup), "memory": .bool(memory), "processes": .bool(processes),
            "cpu": .bool(cpu), "io": .bool(io), "kill": .bool(kill), "missing": .array(missing.map(JSONValue.string)),
        ]
    }

    /// The resources by name with whether each is enforced, in the order people read them.
    package var resources: [(name: String, enforced: Bool)] {
        [("memory", memory), ("processes", processes), ("cpu", cpu), ("io", io), ("kill", kill)]
    }
}
