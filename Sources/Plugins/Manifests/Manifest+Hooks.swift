import Model

extension Manifest {
    static func hooks(_ node: YAMLNode, _ problems: inout ProblemList) -> [Hook] {
        guard let elements = problems.attempt({ () throws(Problem) in try node.sequence }) else { return [] }
        if elements.count > 64 { problems.add(node.problem("more than 64 hooks")) }
        var hooks: [Hook] = []
        for element in elements.prefix(64) {
            guard var members = problems.attempt({ () throws(Problem) in try element.mapping }) else { continue }
            let before = problems.count
            let hook = problems.attempt { () throws(Problem) in try Hook(&members) }
            for problem in members.unknown { problems.add(problem) }
            guard let hook, problems.count == before else { continue }
            if hooks.contains(where: { $0.isSamePlace(as: hook) }) {
                problems.add(element.problem("handler \(hook.handler) stands at \(hook.event) with this priority twice"))
            }
            hooks.append(hook)
        }
        return hooks
    }

    static func events(_ node: YAMLNode, of id: PluginID?, _ problems: inout ProblemList) -> [Event] {
        guard let elements = problems.attempt({ () throws(Problem) in try node.sequence }) else { return [] }
        if elements.count > 64 { problems.add(node.problem("more than 64 events")) }
        var events: [Event] = []
        for element in elements.prefix(64) {
            guard var members = problems.attempt({ () throws(Problem) in try element.mapping }) else { continue }
            let event = problems.attempt { () throws(Problem) in try Event(&members, of: id) }
            for problem in members.unknown { problems.add(problem) }
            guard let event else { continue }
            if events.contains(where: { $0.name == event.name }) {
                problems.add(element.problem("a second event with the name \(event.name)"))
            }
            events.append(event)
        }
        return events
    }
}

extension Manifest.Hook {
    init(_ members: inout YAMLMapping) throws(Problem) {
        event = try members.required("event").eventName()
        handler = try members.required("handler").eventName()
        kind = try members.required("kind").choice()
        if let node = members.take("priority") { priority = try node.integer(in: -1_000_000...1_000_000) }
        if let node = members.take("deadline") { deadline = try node.duration(in: .milliseconds(10) ... .seconds(300)) }
        if let node = members.take("onFailure") { onFailure = try node.choice() }
    }

    func isSamePlace(as other: Self) -> Bool {
        event == other.event && handler == other.handler && priority == other.priority
    }
}

extension Manifest.Event {
    /// What the names of the host's own events begin with.
    private static let hostWords: Set<String> = ["document", "plugin", "sync", "tenant", "workflow"]

    init(_ members: inout YAMLMapping, of id: PluginID?) throws(Problem) {
        let node = try members.required("name")
        name = try node.eventName()
        if let id, !name.hasPrefix(id.rawValue + ".") {
            throw node.problem("not an event of this plugin: \(name)", hint: "its events are named \(id).WORD")
        }
        // A plugin that happens to be called `document` must not be able to tell that a document came.
        let word = String(name.prefix { $0 != "." })
        guard !Self.hostWords.contains(word) else {
            throw node.problem(
                "only the host raises events of this name: \(name)",
                hint: "events of plugins do not begin with \(Self.hostWords.sorted().joined(separator: ", "))")
        }
        kind = try members.take("kind").map { (node) throws(Problem) in try node.choice() } ?? .action
        summary = try members.take("description").map { (node) throws(Problem) in try node.line(limit: 300) } ?? ""
    }
}

extension YAMLNode {
    /// The name of an event, or of a handler, which is written alike.
    fileprivate func eventName() throws(Problem) -> String {
        let name = try string()
        guard EventName.isOne(name) else {
            throw problem(
                "not a name: \(name.prefix(80).debugDescription)",
                hint: "lower-case letters, digits and hyphens, with dots between words, for example document.received")
        }
        return name
    }
}
