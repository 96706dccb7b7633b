import Model

extension WorkflowNode {
    /// Connections of one node.
    static let connectionLimit = 100

    /// Reads a node; nil where it has no usable name or kind. What is wrong is in the reader.
    init?(reading reader: inout DefinitionReader) {
        let id = reader.identifier("id", NodeID.self)
        let name = reader.line("name", limit: 100)
        let type = reader.text("type")
        let connections = Self.connections(&reader)
        let config = reader.required("config")
        // Where a person put it on the canvas; nothing to the engine.
        _ = reader.take("position")
        if type == nil { reader.report("missing: trigger, action, condition or loop", at: "type") }
        reader.finish()
        guard let id, let type, let config else { return nil }
        var inner = DefinitionReader(config, at: reader.pointer.appending("config"), node: id.rawValue)
        let kind = NodeKind(type: type, reading: &inner)
        self.init(
            id: id, name: name, kind: kind ?? .trigger(.manual(form: nil)), condition: inner.program("if"),
            input: inner.template("input"), output: inner.template("output"), timeout: inner.duration("timeout", shortest: .milliseconds(1)),
            retry: Self.retry(&inner), connections: connections)
        continuesOnError = inner.bool("continueOnError") ?? false
        if kind != nil {
            refuseIdle(&inner)
            inner.finish()
        }
        reader.add(inner.findings)
        if kind == nil { return nil }
    }

    /// Settings that would have no effect on this kind of node.
    private func refuseIdle(_ reader: inout DefinitionReader) {
        if !kind.isTrigger, !kind.isAttempted {
            if retry != nil {
                reader.report(
                    "only what reaches out is attempted again", at: "retry", hint: "what is computed gives the same again: leave it out")
            }
            if timeout != nil {
                let isApproval = if case .action(.approval) = kind { true } else { false }
                reader.report(
                    "only what reaches out has a timeout", at: "timeout",
                    hint: isApproval ? "an approval has a deadline" : "give the run one: settings.timeout")
            }
        }
        if case .action(.http) = kind, let timeout, timeout > HTTPAction.longestTimeout {
            reader.report(
                "a request has at most \(HTTPAction.longestTimeout.text)", at: "timeout",
                hint: "have a service that takes longer send a message when it is done, or ask it again after a wait")
        }
        guard kind.isTrigger else { return }
        if condition != nil { reader.report("a trigger has no condition", at: "if", hint: "filter its events, or put an if behind it") }
        if input != nil { reader.report("a trigger has no input", at: "input") }
        if retry != nil || timeout != nil { reader.report("a trigger is not attempted: retry and timeout mean nothing here") }
    }

    private static func connections(_ reader: inout DefinitionReader) -> [Connection] {
        guard let value = reader.take("connections") else { return [] }
        guard let list = value.array, list.count <= connectionLimit else {
            reader.report("expected at most \(connectionLimit) connections", at: "connections")
            return []
        }
        var connections: [Connection] = []
        for (index, element) in list.enumerated() {
            let place = reader.pointer.appending("connections").appending(index)
            var inner = DefinitionReader(element, at: place, node: reader.node)
            let target = inner.identifier("to", NodeID.self)
            let port = inner.text("port", limit: 64).map(Port.init) ?? .out
            inner.finish()
            reader.add(inner.findings)
            guard let target else { continue }
            let connection = Connection(port, target)
            if connections.contains(connection) {
                reader.report("the same connection stands twice", at: "connections")
            } else {
                connections.append(connection)
            }
        }
        return connections
    }

    private static func retry(_ reader: inout DefinitionReader) -> RetryPolicy? {
        guard let value = reader.take("retry") else { return nil }
        var inner = DefinitionReader(value, at: reader.pointer.appending("retry"), node: reader.node)
        var policy = RetryPolicy()
        if let attempts = inner.integer("attempts", in: 1...100) { policy.attempts = attempts }
        if let delay = inner.duration("delay") { policy.delay = delay }
        if let backoff = inner.choice("backoff", RetryPolicy.Backoff.self) { policy.backoff = backoff }
        if let longest = inner.duration("longest") { policy.longest = longest }
        if let jitter = inner.duration("jitter") { policy.jitter = jitter }
        policy.within = inner.duration("within")
        if let only = inner.strings("only", upTo: 50) { policy.only = Set(only) }
        inner.finish()
        reader.add(inner.findings)
        return policy
    }
}
