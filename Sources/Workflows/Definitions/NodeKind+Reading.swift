import Model

extension NodeKind {
    static let kinds: [String: [String]] = [
        "trigger": ["manual", "event", "cron", "webhook", "poll", "workflow"],
        "action": ["tool", "transform", "set", "wait", "approval", "workflow", "http", "notify", "connector", "emit", "raise", "join", "map"],
        "condition": ["if", "switch", "filter"],
        "loop": ["forEach", "while"],
    ]

    /// What the daemon's own events are about.
    private static let reserved: Set<String> = ["all", "document", "plugin", "sync", "tenant", "workflow"]

    /// Reads `kind` and what belongs to it; nil where something that it cannot do without is missing.
    init?(type: String, reading reader: inout DefinitionReader) {
        guard let known = Self.kinds[type] else {
            reader.report("no such type of node: \(type.prefix(64))", hint: "trigger, action, condition or loop")
            return nil
        }
        guard let kind = reader.text("kind"), known.contains(kind) else {
            reader.report("expected a kind of \(type): \(known.joined(separator: ", "))", at: "kind")
            return nil
        }
        switch type {
        case "trigger":
            guard let trigger = Self.trigger(kind, &reader) else { return nil }
            self = .trigger(trigger)
        case "condition":
            guard let condition = Self.condition(kind, &reader) else { return nil }
            self = .condition(condition)
        case "loop":
            guard let loop = Self.loop(kind, &reader) else { return nil }
            self = .loop(loop)
        default:
            guard let action = Self.action(kind, &reader) else { return nil }
            self = .action(action)
        }
    }

    private static func trigger(_ kind: String, _ reader: inout DefinitionReader) -> Trigger? {
        switch kind {
        case "event":
            let name = reader.requiredLine("event")
            if let name, !EventName.isOne(name) { reader.report("not the name of an event", at: "event", hint: "for example document.received") }
            return name.map { .event(name: $0, filter: reader.program("filter")) }
        case "cron": return schedule(&reader).map(Trigger.cron)
        case "webhook": return WebhookTrigger(reading: &reader).map(Trigger.webhook)
        case "poll": return PollTrigger(reading: &reader).map(Trigger.poll)
        case "workflow":
            guard let id = reader.identifier("workflow", WorkflowID.self) else { return nil }
            return .workflow(id, reader.choice("on", RunEnd.self) ?? .finished)
        default: return .manual(form: reader.schema("form"))
        }
    }

    private static func schedule(_ reader: inout DefinitionReader) -> Schedule? {
        let text = reader.requiredLine("expression", limit: CronExpression.limit)
        let zone = reader.line("timezone", limit: 64) ?? "UTC"
        let missed = reader.choice("missed", Schedule.Missed.self) ?? .once
        let overlap = reader.choice("overlap", Schedule.Overlap.self) ?? .allow
        guard let text else { return nil }
        do throws(Problem) {
            return Schedule(expression: try CronExpression(text), zone: zone, missed: missed, overlap: overlap)
        } catch {
            reader.report(error.message, at: "expression", hint: error.hint)
            return nil
        }
    }

    private static func action(_ kind: String, _ reader: inout DefinitionReader) -> Action? {
        switch kind {
        case "tool":
            let plugin = reader.identifier("plugin", PluginID.self)
            let tool = reader.requiredLine("tool", limit: 128)
            let idempotency = reader.choice("idempotency", Idempotency.self) ?? .none
            guard let plugin, let tool else { return nil }
            return .tool(plugin: plugin, tool: tool, idempotency)
        case "transform": return reader.requiredProgram("expression").map(Action.transform)
        case "set": return reader.requiredTemplate("values").map(Action.set)
        case "wait": return wait(&reader).map(Action.wait)
        case "approval": return approval(&reader).map(Action.approval)
        case "workflow": return reader.identifier("workflow", WorkflowID.self).map(Action.workflow)
        case "http": return HTTPAction(reading: &reader).map(Action.http)
        case "notify": return MessageAction(reading: &reader).map(Action.notify)
        case "connector": return ConnectorAction(reading: &reader).map(Action.connector)
        case "emit":
            guard let event = reader.requiredLine("event") else { return nil }
            if !EventName.isOne(event) { reader.report("not the name of an event", at: "event", hint: "for example acme.invoice-read") }
            let idempotency = reader.choice("idempotency", Idempotency.self) ?? .none
            if idempotency == .keyed { reader.report("an event has no key by which handlers could know it again", at: "idempotency", hint: "idempotent or none") }
            if let subject = event.split(separator: ".").first.map(String.init), reserved.contains(subject) {
                reader.report("events of \(subject) are told by the daemon alone", at: "event", hint: "for example acme.invoice-read")
            }
            return .emit(event: event, idempotency)
        case "raise": return reader.requiredTextTemplate("message").map(Action.raise)
        case "join": return .join(join(&reader))
        default:
            let items = reader.program("items") ?? Template(program: ".")
            return reader.requiredProgram("each").map { .map(items: items, each: $0) }
        }
    }

    private static func wait(_ reader: inout DefinitionReader) -> Wait? {
        let duration = reader.textTemplate("for")
        let until = reader.textTemplate("until")
        switch (duration, until) {
        case (let duration?, nil):
            if let constant = duration.constant, constant.string.flatMap(Duration.init(parsing:)) == nil {
                reader.report("expected a time such as 250ms, 30s, 5m or 1h, or an expression that gives one", at: "for")
            }
            return .duration(duration)
        case (nil, let until?):
            if let constant = until.constant, constant.string.flatMap(Moments.milliseconds) == nil {
                reader.report("expected a moment such as 2027-01-31T09:00:00Z, or an expression that gives one", at: "until")
            }
            return .until(until)
        default:
            reader.report("a wait has either for or until", hint: "for: 30s, or until: ${ .due }")
            return nil
        }
    }

    private static func join(_ reader: inout DefinitionReader) -> Join {
        let mode = reader.text("mode") ?? "all"
        switch mode {
        case "all": return .all
        case "any": return .any
        case "race": return .race
        case "count": return .count(reader.integer("count", in: 1...WorkflowNode.connectionLimit) ?? 1)
        default:
            reader.report("expected one of all, any, race, count", at: "mode")
            return .all
        }
    }

    private static func approval(_ reader: inout DefinitionReader) -> Approval? {
        guard let title = reader.requiredTextTemplate("title") else { return nil }
        var approval = Approval(title: title, approvers: (reader.strings("approvers", upTo: 50) ?? []).map { $0.lowercased() })
        if approval.approvers.isEmpty {
            reader.report("nobody could decide", at: "approvers", hint: "name persons by e-mail address or roles such as admin")
        }
        approval.required = reader.integer("required", in: 1...50) ?? 1
        approval.form = reader.schema("form")
        approval.remind = reader.duration("remind", shortest: .seconds(1))
        approval.escalateTo = (reader.strings("escalateTo", upTo: 50) ?? []).map { $0.lowercased() }
        approval.escalateAfter = reader.duration("escalateAfter")
        approval.deadline = reader.duration("deadline")
        if approval.escalateTo.isEmpty != (approval.escalateAfter == nil) {
            reader.report("escalateTo and escalateAfter come together", at: "escalateTo")
        }
        return approval
    }

    private static func condition(_ kind: String, _ reader: inout DefinitionReader) -> Condition? {
        switch kind {
        case "if": return reader.requiredProgram("condition").map(Condition.if)
        case "switch": return cases(&reader).map(Condition.switch)
        default:
            let items = reader.program("items") ?? Template(program: ".")
            return reader.requiredProgram("keep").map { .filter(items: items, keep: $0) }
        }
    }

    private static func cases(_ reader: inout DefinitionReader) -> [Case]? {
        guard let value = reader.required("cases") else { return nil }
        guard let list = value.array, (1...50).contains(list.count) else {
            reader.report("expected 1 to 50 cases", at: "cases")
            return nil
        }
        var cases: [Case] = []
        for (index, element) in list.enumerated() {
            let place = reader.pointer.appending("cases").appending(index)
            var inner = DefinitionReader(element, at: place, node: reader.node)
            let port = inner.identifier("port", NodeID.self)
            let when = inner.requiredProgram("when")
            if let port, cases.contains(where: { $0.port.name == port.rawValue }) || ["default", "error"].contains(port.rawValue) {
                inner.report("this port is taken", at: "port")
            }
            inner.finish()
            reader.add(inner.findings)
            if let port, let when { cases.append(Case(port: Port(port.rawValue), when: when)) }
        }
        return cases
    }

    private static func loop(_ kind: String, _ reader: inout DefinitionReader) -> Loop? {
        guard kind == "forEach" else {
            let limit = reader.integer("limit", in: 1...10_000)
            if limit == nil { reader.report("a while needs a bound", at: "limit", hint: "limit: 100") }
            guard let condition = reader.requiredProgram("condition") else { return nil }
            return .while(condition, limit: limit ?? 1)
        }
        var each = ForEach(items: reader.program("items") ?? Template(program: "."))
        each.batch = reader.integer("batch", in: 1...10_000)
        each.concurrency = reader.integer("concurrency", in: 1...100) ?? 1
        each.collectsErrors = reader.bool("collectErrors") ?? false
        return .forEach(each)
    }
}
