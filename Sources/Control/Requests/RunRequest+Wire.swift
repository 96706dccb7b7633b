import Model

extension RunRequest {
    /// The method must be one of these: `ControlRequest` lists them.
    init(_ method: ControlMethod, _ parameters: inout ControlParameters) throws(Problem) {
        let tenant: TenantID = try parameters.identifier("tenant")
        switch method {
        case .workflowExecute:
            self = .execute(
                tenant, try parameters.identifier("workflow"), input: parameters.members.take("input") ?? .null,
                try parameters.options())
        case .workflowLogs:
            self = .logs(
                tenant, try parameters.identifier("workflow"), run: try parameters.optionalIdentifier("run"),
                follow: try parameters.members.optionalBool("follow") ?? false)
        case .runList:
            self = .list(tenant, try parameters.query())
        case .runReplayAll:
            self = .replayAll(
                tenant, try parameters.query(), from: try parameters.optionalIdentifier("from"),
                version: try parameters.optionalCount("version", in: 1...Int(Int32.max)))
        case .approvalList:
            self = .approvals(
                tenant, cursor: try parameters.members.optionalString("cursor"),
                limit: try parameters.optionalCount("limit", in: 1...100) ?? 50)
        default: self = try Self.about(try parameters.identifier("run"), of: tenant, method, &parameters)
        }
    }

    private static func about(
        _ run: RunID, of tenant: TenantID, _ method: ControlMethod, _ parameters: inout ControlParameters
    ) throws(Problem) -> RunRequest {
        switch method {
        case .runShow: return .show(tenant, run)
        case .runCancel: return .cancel(tenant, run)
        case .runPause: return .pause(tenant, run)
        case .runResume: return .resume(tenant, run)
        case .runReplay:
            return .replay(
                tenant, run, from: try parameters.identifier("from"), input: parameters.members.take("input"),
                version: try parameters.optionalCount("version", in: 1...Int(Int32.max)))
        case .runResolve:
            let outcome = try parameters.members.string("outcome")
            guard outcomes.contains(outcome) else {
                throw Problem(.invalidInput, "/outcome: expected one of \(outcomes.joined(separator: ", "))")
            }
            return .resolve(
                tenant, run, step: try parameters.step(), outcome: outcome, output: parameters.members.take("output"))
        case .approvalDecide:
            guard let isApproved = try parameters.members.optionalBool("approved") else {
                throw Problem(.invalidInput, "/approved: missing")
            }
            return .decide(tenant, run, step: try parameters.step(), isApproved: isApproved, form: parameters.members.take("form"))
        default: preconditionFailure("\(method.rawValue) is not about runs")
        }
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["tenant": .string(tenant.rawValue)]
        switch self {
        case .execute(_, let workflow, let input, let options):
            members["workflow"] = .string(workflow.rawValue)
            members["input"] = input
            members["wait"] = options.wait.map { .string($0.text) }
            members["priority"] = .integer(Int64(options.priority))
            members["deduplication"] = options.deduplication.map(JSONValue.string)
            guard let node = options.node else { break }
            members["node"] = .string(node.name)
            members["version"] = .string(node.version)
            members["from"] = node.from.map { .string($0.rawValue) }
            if !node.outputs.isEmpty { members["nodes"] = .object(node.outputs) }
        case .logs(_, let workflow, let run, let follow):
            members["workflow"] = .string(workflow.rawValue)
            members["run"] = run.map { .string($0.rawValue) }
            members["follow"] = .bool(follow)
        case .list(_, let query): members.merge(query.members) { $1 }
        case .replayAll(_, let query, let from, let version):
            members.merge(query.members) { $1 }
            members["from"] = from.map { .string($0.rawValue) }
            members["version"] = version.map { .integer(Int64($0)) }
        case .show(_, let run), .cancel(_, let run), .pause(_, let run), .resume(_, let run):
            members["run"] = .string(run.rawValue)
        case .replay(_, let run, let from, let input, let version):
            members["run"] = .string(run.rawValue)
            members["from"] = .string(from.rawValue)
            members["input"] = input
            members["version"] = version.map { .integer(Int64($0)) }
        case .resolve(_, let run, let step, let outcome, let output):
            members["run"] = .string(run.rawValue)
            members["step"] = .string(step)
            members["outcome"] = .string(outcome)
            members["output"] = output
        case .approvals(_, let cursor, let limit):
            members["cursor"] = cursor.map(JSONValue.string)
            members["limit"] = .integer(Int64(limit))
        case .decide(_, let run, let step, let isApproved, let form):
            members["run"] = .string(run.rawValue)
            members["step"] = .string(step)
            members["approved"] = .bool(isApproved)
            members["form"] = form
        }
        return members
    }
}

extension ControlParameters {
    /// A step as a run's list of steps names it.
    fileprivate mutating func step() throws(Problem) -> String {
        let text = try members.string("step")
        guard (1...500).contains(text.utf8.count) else { throw Problem(.invalidInput, "/step: expected 1 to 500 bytes") }
        return text
    }

    fileprivate mutating func options() throws(Problem) -> RunRequest.Options {
        var options = RunRequest.Options()
        if let text = try members.optionalString("wait") {
            guard let wait = Duration(parsing: text), wait <= RunRequest.longestWait else {
                throw Problem(.invalidInput, "/wait: expected a time such as 10s, up to \(RunRequest.longestWait.text)")
            }
            options.wait = wait
        }
        if let priority = try members.optionalInteger("priority") {
            guard (-100...100).contains(priority) else { throw Problem(.invalidInput, "/priority: expected -100 to 100") }
            options.priority = Int(priority)
        }
        options.deduplication = try members.optionalString("deduplication")
        if let key = options.deduplication, !(1...200).contains(key.utf8.count) || key.unicodeScalars.contains(where: { $0.value < 0x20 }) {
            throw Problem(.invalidInput, "/deduplication: expected 1 to 200 bytes without control characters")
        }
        options.node = try nodeWish()
        return options
    }

    private mutating func nodeWish() throws(Problem) -> RunRequest.NodeWish? {
        let name = try members.optionalString("node")
        let version = try members.optionalString("version")
        let from: RunID? = try optionalIdentifier("from")
        let outputs = members.take("nodes")
        guard let name else {
            guard version == nil, from == nil, outputs == nil else {
                throw Problem(.invalidInput, "/node: missing: version, from and nodes are about one node", hint: "name it, or leave them out")
            }
            return nil
        }
        for (member, text, limit) in [("node", name, 500), ("version", version ?? "published", 20)] {
            guard (1...limit).contains(text.utf8.count), !text.unicodeScalars.contains(where: \.isControl) else {
                throw Problem(.invalidInput, "/\(member): expected 1 to \(limit) bytes without control characters")
            }
        }
        var wish = RunRequest.NodeWish(name)
        wish.version = version ?? wish.version
        wish.from = from
        if let outputs {
            guard let list = outputs.object else { throw Problem(.invalidInput, "/nodes: expected object, found \(outputs.kind)") }
            wish.outputs = list
        }
        return wish
    }
}

extension RunRequest.Query {
    fileprivate var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["needsPerson": .bool(needsPerson), "limit": .integer(Int64(limit))]
        members["workflow"] = workflow.map { .string($0.rawValue) }
        members["state"] = state.map(JSONValue.string)
        members["since"] = since.map(JSONValue.string)
        members["until"] = until.map(JSONValue.string)
        members["error"] = error.map(JSONValue.string)
        members["search"] = search.map(JSONValue.string)
        members["cursor"] = cursor.map(JSONValue.string)
        return members
    }
}

extension ControlParameters {
    fileprivate mutating func query() throws(Problem) -> RunRequest.Query {
        var query = RunRequest.Query()
        query.workflow = try optionalIdentifier("workflow")
        query.state = try members.optionalString("state")
        query.needsPerson = try members.optionalBool("needsPerson") ?? false
        query.since = try members.optionalString("since")
        query.until = try members.optionalString("until")
        query.error = try members.optionalString("error")
        query.search = try members.optionalString("search")
        if let search = query.search, !(1...200).contains(search.utf8.count) {
            throw Problem(.invalidInput, "/search: expected 1 to 200 bytes")
        }
        query.cursor = try members.optionalString("cursor")
        query.limit = try optionalCount("limit", in: 1...100) ?? 50
        return query
    }
}
