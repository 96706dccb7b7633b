package import Model

extension Workflow {
    /// Nodes of one workflow.
    package static let nodeLimit = 500
    /// Connections of one workflow.
    package static let connectionLimit = 2000
    /// Bytes of a definition as compact JSON.
    package static let sizeLimit = 1 << 20

    /// Reads a definition, or throws everything that is wrong with it: what each member must be, and then what the graph
    /// must be. Whether tools, workflows and programs that it names exist is asked by whoever publishes it.
    package init(reading value: JSONValue) throws(WorkflowFindings) {
        var findings = WorkflowFindings()
        let top = JSONPointer()
        guard value.bytes.count <= Self.sizeLimit else {
            findings.add(WorkflowFinding(top, "more than \(ByteSize(bytes: Int64(Self.sizeLimit)))"))
            throw findings
        }
        var reader = DefinitionReader(value, at: top)
        let id = reader.identifier("id", WorkflowID.self)
        let name = reader.line("name", limit: 100)
        let description = reader.text("description", limit: 4000)
        let status = reader.choice("status", Status.self)
        let nodes = Self.nodes(&reader)
        let triggers = Self.triggers(&reader, nodes)
        let settings = Self.settings(&reader)
        let tests = WorkflowTest.list(&reader, of: nodes)
        reader.finish()
        findings.add(reader.findings)
        findings.add(HTTPAction.findings(nodes, settings.variables))
        guard findings.isEmpty, let id else { throw findings }
        self.init(
            id: id, name: name ?? id.rawValue, description: description ?? "", nodes: nodes, triggers: triggers,
            status: status ?? .draft, settings: settings, tests: tests, source: value)
        findings.add(WorkflowGraph.findings(nodes))
        guard findings.isEmpty else { throw findings }
    }

    private static func nodes(_ reader: inout DefinitionReader) -> [WorkflowNode] {
        guard let value = reader.required("nodes") else { return [] }
        guard let list = value.array, (1...nodeLimit).contains(list.count) else {
            reader.report("expected 1 to \(nodeLimit) nodes", at: "nodes")
            return []
        }
        var nodes: [WorkflowNode] = []
        var known: Set<NodeID> = []
        for (index, element) in list.enumerated() {
            let pointer = reader.pointer.appending("nodes").appending(index)
            var nodeReader = DefinitionReader(element, at: pointer, node: element["id"]?.string.flatMap(NodeID.init(rawValue:))?.rawValue)
            if let node = WorkflowNode(reading: &nodeReader) {
                if !known.insert(node.id).inserted {
                    nodeReader.report("a second node of this name", at: "id", hint: "each node has a name of its own")
                }
                nodes.append(node)
            }
            reader.add(nodeReader.findings)
        }
        if nodes.reduce(0, { $0 + $1.connections.count }) > connectionLimit {
            reader.report("more than \(connectionLimit) connections", at: "nodes", hint: "divide it into several workflows")
        }
        return nodes
    }

    private static func triggers(_ reader: inout DefinitionReader, _ nodes: [WorkflowNode]) -> [NodeID] {
        let drawn = nodes.filter(\.kind.isTrigger).map(\.id)
        guard let names = reader.strings("triggers", upTo: nodeLimit) else { return drawn }
        var triggers: [NodeID] = []
        for name in names {
            guard let id = drawn.first(where: { $0.rawValue == name }) else {
                let hint = drawn.isEmpty ? "draw a node of type trigger" : "trigger nodes: \(drawn.prefix(10).map(\.rawValue).joined(separator: ", "))"
                reader.report("no trigger node is called \(name.prefix(64).debugDescription)", at: "triggers", hint: hint)
                continue
            }
            triggers.append(id)
        }
        return triggers
    }

    private static func settings(_ reader: inout DefinitionReader) -> Settings {
        var settings = Settings()
        guard let value = reader.take("settings") else { return settings }
        var inner = DefinitionReader(value, at: reader.pointer.appending("settings"))
        if let durability = inner.choice("durability", Durability.self) { settings.durability = durability }
        settings.timeout = inner.duration("timeout", shortest: .milliseconds(1))
        if let handler = inner.take("errorHandler") {
            settings.errorHandler = handler.string.flatMap(WorkflowID.init(rawValue:))
            if settings.errorHandler == nil { inner.report("not a workflow identifier", at: "errorHandler") }
        }
        if let value = inner.take("concurrency") {
            var setting = DefinitionReader(value, at: inner.pointer.appending("concurrency"))
            let key = setting.textTemplate("key")
            if let limit = setting.integer("limit", in: Concurrency.range) {
                settings.concurrency = Concurrency(limit: limit, key: key)
            } else if setting.findings.isEmpty {
                setting.report("missing: how many runs at once", at: "limit")
            }
            setting.finish()
            inner.add(setting.findings)
        }
        if let value = inner.take("throttle") {
            var setting = DefinitionReader(value, at: inner.pointer.appending("throttle"))
            let key = setting.textTemplate("key")
            let period = setting.duration("per", shortest: Throttle.shortest, longest: Throttle.longest)
            if let limit = setting.integer("limit", in: Throttle.range), let period {
                settings.throttle = Throttle(limit: limit, period: period, key: key)
            } else if setting.findings.isEmpty {
                setting.report("missing: how many runs begin in which time", at: "limit", hint: "{limit: 10, per: 1m}")
            }
            setting.finish()
            inner.add(setting.findings)
        }
        settings.debounce = debounce(&inner)
        if let variables = inner.take("variables") {
            if variables.object != nil { settings.variables = variables } else { inner.report("expected an object", at: "variables") }
        }
        inner.finish()
        reader.add(inner.findings)
        return settings
    }

    private static func debounce(_ reader: inout DefinitionReader) -> Debounce? {
        guard let value = reader.take("debounce") else { return nil }
        var setting = DefinitionReader(value, at: reader.pointer.appending("debounce"))
        defer { reader.add(setting.findings) }
        let key = setting.textTemplate("key")
        let quiet = setting.duration("quiet", shortest: Debounce.shortestQuiet, longest: Debounce.longestQuiet)
        let longest = setting.duration("longest", shortest: Debounce.shortestQuiet, longest: Debounce.longest)
        setting.finish()
        guard let quiet else {
            if setting.findings.isEmpty { setting.report("missing: for how long nothing comes", at: "quiet", hint: "{quiet: 10s, longest: 5m}") }
            return nil
        }
        if let longest, longest < quiet {
            setting.report("shorter than quiet", at: "longest", hint: "after this time a run begins although more come")
        }
        return Debounce(quiet: quiet, longest: longest ?? min(quiet * Debounce.patience, Debounce.longest), key: key)
    }
}

extension NodeKind {
    package var isTrigger: Bool { if case .trigger = self { true } else { false } }

    /// Whether it reaches out, so that another attempt may go better and one may take too long. The rest only computes or waits.
    var isAttempted: Bool {
        switch self {
        case .action(.tool), .action(.emit), .action(.workflow), .action(.http), .action(.notify), .action(.connector): true
        default: false
        }
    }
}
