import Control
import Model
import Tenancy
import Workflows

extension DaemonHandler {
    func perform(_ request: RunRequest, for caller: Caller, _ stream: ControlStream) async throws -> JSONValue {
        let engine = daemon.engine
        let tenant = request.tenant
        switch request {
        case .execute(_, let workflow, let input, let options):
            let id = try await begin(workflow, input, options, tenant, caller)
            guard let wait = options.wait else { return try await engine.show(id, for: tenant).json }
            return try await engine.wait(for: id, of: tenant, within: wait).json
        case .logs(_, let workflow, let named, let follow):
            let run = try await run(of: workflow, named, tenant)
            guard follow else { return ["run": run.json, "steps": .array(try await engine.steps(of: run.id, for: tenant).map(\.json))] }
            try await engine.follow(run.id, of: tenant) { run, steps in
                for step in steps { try await stream.send(["step": step.summary]) }
                try await stream.send(["run": run.summary])
            }
            return [:]
        case .list(_, let query):
            let page = try await engine.list(try Self.filter(query), limit: query.limit, after: query.cursor, for: tenant)
            return ["runs": .array(page.runs.map(\.json)), "cursor": JSONValue(page.next)]
        case .show(_, let run): return try await engine.show(run, for: tenant).json
        case .cancel(_, let run): return try await post(.cancelled, to: run, of: tenant)
        case .pause(_, let run): return try await post(.paused, to: run, of: tenant)
        case .resume(_, let run): return try await post(.resumed, to: run, of: tenant)
        case .replay(_, let run, let node, let input, let version):
            let payload = input.map { Payload.inline($0.compactText) }
            let id = try await engine.replay(run, from: node, input: payload, version: version, for: tenant)
            return try await engine.show(id, for: tenant).json
        case .replayAll(_, let query, let from, let version):
            let (replayed, next) = try await engine.replayAll(
                try Self.filter(query), from: from, version: version, limit: query.limit, after: query.cursor, for: tenant)
            return ["replayed": .array(replayed.map(\.json)), "cursor": JSONValue(next)]
        case .resolve(_, let run, let name, let outcome, let output):
            let step = try await step(name, of: run, tenant) { $0.state.needsPerson }
            let resolution: PlannerEvent.Resolution =
                switch outcome {
                case "again": .again
                case "happened": .happened(.inline((output ?? .null).compactText))
                default: .failed
                }
            return try await post(.resolved(step.key, resolution), to: run, of: tenant)
        case .approvals(_, let cursor, let limit):
            let page = try await engine.approvals(limit: limit, after: cursor, for: tenant)
            return ["approvals": .array(page.approvals.map(\.json)), "cursor": JSONValue(page.next)]
        case .decide(_, let run, let name, let isApproved, let form):
            return try await decide(run, name, isApproved, form, tenant, caller)
        }
    }

    private func begin(
        _ workflow: WorkflowID, _ input: JSONValue, _ options: RunRequest.Options, _ tenant: TenantID, _ caller: Caller
    ) async throws(Problem) -> RunID {
        guard let node = options.node else {
            var beginning = WorkflowEngine.Beginning(input: .inline(input.compactText))
            beginning.priority = options.priority
            beginning.deduplication = options.deduplication
            return try await daemon.engine.execute(workflow, beginning, for: tenant)
        }
        guard let step = StepKey(node.name) else {
            throw Problem(.invalidInput, "/node: no name of a node or of a step: \(node.name.debugDescription)", hint: "for example send, or files.3/send")
        }
        var wish = LoneNode.Wish(step)
        wish.input = input.isNull ? nil : .inline(input.compactText)
        wish.source = node.from
        for (name, output) in node.outputs { wish.nodes[try NodeID(name)] = .inline(output.compactText) }
        var beginning = WorkflowEngine.LoneBeginning(wish)
        // What is not in force, and what nobody decided, only those may run who may change the workflow.
        beginning.passesApprovals = caller.principal.scopes.contains(.workflowsWrite)
        guard beginning.passesApprovals || node.version == "published" else {
            throw Problem(
                .permissionDenied, "\(caller) may run nodes of the version in force of workflow \(workflow), and of no other",
                hint: "leave version out; others need workflows:write")
        }
        beginning.edition = try await edition(node.version, of: workflow, tenant)
        beginning.priority = options.priority
        beginning.deduplication = options.deduplication
        return try await daemon.engine.execute(workflow, beginning, for: tenant)
    }

    /// A draft must be one that can be read: what is run of it is what somebody sees.
    private func edition(_ name: String, of workflow: WorkflowID, _ tenant: TenantID) async throws(Problem) -> WorkflowEngine.Edition {
        switch try Self.choice(name, "version") {
        case .published: return .published
        case .version(let number): return .version(number)
        case .draft:
            let definition = try await daemon.workflows.definition(.draft, of: workflow, in: tenant)
            do throws(WorkflowFindings) {
                return .draft(try Workflow(reading: definition))
            } catch {
                throw error.problem
            }
        }
    }

    /// The run whose log is asked for.
    private func run(of workflow: WorkflowID, _ named: RunID?, _ tenant: TenantID) async throws(Problem) -> Run {
        var filter = RunFilter()
        filter.workflow = workflow
        let run: Run?
        if let named {
            run = try await daemon.engine.show(named, for: tenant)
        } else {
            run = try await daemon.engine.list(filter, limit: 1, after: nil, for: tenant).runs.first
        }
        guard let run, run.workflow == workflow else {
            guard let named else {
                // Whether it is there at all is the library's to say.
                _ = try await daemon.workflows.published(workflow, of: tenant)
                throw Problem(.notFound, "workflow \(workflow) has no runs", hint: "begin one: cloister workflow run \(workflow)")
            }
            throw Problem(.notFound, "workflow \(workflow) has no run \(named)")
        }
        return run
    }

    private func post(_ event: PlannerEvent, to run: RunID, of tenant: TenantID) async throws(Problem) -> JSONValue {
        try await daemon.engine.post(event, to: run, of: tenant)
        return try await daemon.engine.show(run, for: tenant).json
    }

    private func step(
        _ name: String, of run: RunID, _ tenant: TenantID, where isMeant: (Step) -> Bool
    ) async throws(Problem) -> Step {
        let steps = try await daemon.engine.steps(of: run, for: tenant)
        guard let step = steps.first(where: { $0.key.description == name }) else {
            let near = steps.map(\.key.description).nearest(to: name).map { "did you mean \($0)?" }
            throw Problem(.notFound, "run \(run) has no step \(name.prefix(80).debugDescription)", hint: near)
        }
        guard isMeant(step) else {
            throw Problem(.conflict, "step \(step.key) of run \(run) does not wait for a person: it is \(step.state.rawValue)")
        }
        return step
    }

    /// Only those whom the workflow names may decide: by their address, or by their role. An operator may for everybody.
    private func decide(
        _ run: RunID, _ name: String, _ isApproved: Bool, _ form: JSONValue?, _ tenant: TenantID, _ caller: Caller
    ) async throws(Problem) -> JSONValue {
        let step = try await step(name, of: run, tenant) { $0.state == .waiting && $0.title != nil }
        let approval = try await daemon.engine.approval(of: step.key, in: run, for: tenant)
        let who = try await names(of: caller, in: tenant)
        let asked = approval.approvers + (step.isEscalated ? approval.escalateTo : [])
        guard who.isOperator || asked.contains(where: who.names.contains) else {
            throw Problem(
                .permissionDenied, "\(caller) is not asked for this decision", hint: "it is asked of \(asked.joined(separator: ", "))")
        }
        if isApproved, let schema = approval.form {
            try JSONSchema(schema, as: "form").check(form ?? [:], as: "form")
        }
        let decision = Step.Decision(
            person: who.names.first ?? caller.description, isApproved: isApproved, at: Timestamp.now.milliseconds,
            form: form.map { .inline($0.compactText) })
        return try await post(.decided(step.key, decision), to: run, of: tenant)
    }

    private func names(of caller: Caller, in tenant: TenantID) async throws(Problem) -> (names: [String], isOperator: Bool) {
        guard let id = caller.principal.person else {
            // A key is nobody's mind; somebody at the control socket may do everything.
            guard caller.door == .socket else {
                throw Problem(.permissionDenied, "\(caller) cannot decide: that is for persons", hint: "log in, and decide as yourself")
            }
            return ([caller.description], true)
        }
        guard caller.principal.tenant == tenant else { return ([caller.description], true) }
        guard let person = try await daemon.people.list(in: tenant).first(where: { $0.id == id }) else {
            throw Problem(.permissionDenied, "\(caller) is nobody of tenant \(tenant)")
        }
        return ([person.email.text, person.role.rawValue], false)
    }

    private static func filter(_ query: RunRequest.Query) throws(Problem) -> RunFilter {
        var filter = RunFilter()
        filter.workflow = query.workflow
        filter.state = try query.state.map { (name) throws(Problem) in try state(name) }
        filter.needsPerson = query.needsPerson
        filter.since = try moment(query.since, "since")
        filter.until = try moment(query.until, "until")
        filter.error = query.error
        filter.search = query.search
        return filter
    }

    private static func moment(_ text: String?, _ name: String) throws(Problem) -> Int64? {
        guard let text else { return nil }
        guard let moment = Moments.milliseconds(text) else {
            throw Problem(.invalidInput, "/\(name): expected a moment such as 2027-01-31T09:00:00Z")
        }
        return moment
    }

    private static func state(_ name: String) throws(Problem) -> Run.State {
        guard let state = Run.State(rawValue: name) else {
            throw Problem(
                .invalidInput, "/state: unknown: \(name.prefix(40).debugDescription)",
                hint: Run.State.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return state
    }
}

extension Run {
    var json: JSONValue {
        [
            "id": .string(id.rawValue), "workflow": .string(workflow.rawValue), "version": JSONValue(version),
            "trigger": .string(trigger.rawValue), "node": JSONValue(node?.rawValue), "state": .string(state.rawValue), "paused": .bool(isPaused), "held": .bool(isHeld),
            "needsPerson": .bool(needsPerson), "input": input.value, "output": output?.value ?? .null, "error": error?.json ?? .null,
            "failedStep": JSONValue(failedStep?.description), "began": .string(Timestamp(milliseconds: began).description),
            "ended": JSONValue(ended.map { Timestamp(milliseconds: $0).description }),
        ]
    }
}

extension Run {
    /// Without what went in and came out, which may be long.
    fileprivate var summary: JSONValue {
        .object((json.object ?? [:]).filter { $0.key != "input" && $0.key != "output" })
    }
}

extension Step {
    /// Without what went in and came out, which may be long.
    fileprivate var summary: JSONValue {
        .object((json.object ?? [:]).filter { !["input", "output", "decisions"].contains($0.key) })
    }

    var json: JSONValue {
        [
            "step": .string(key.description), "node": .string(key.node.rawValue), "state": .string(state.rawValue),
            "attempt": JSONValue(attempt), "port": JSONValue(port?.name), "input": input?.value ?? .null,
            "request": request?.value ?? .null, "output": output?.value ?? .null, "error": error?.json ?? .null,
            "began": .string(Timestamp(milliseconds: began).description),
            "ended": JSONValue(ended.map { Timestamp(milliseconds: $0).description }),
            "due": JSONValue(due.map { Timestamp(milliseconds: $0).description }), "title": JSONValue(title),
            "decisions": .array(
                decisions.map {
                    [
                        "person": .string($0.person), "approved": .bool($0.isApproved),
                        "at": .string(Timestamp(milliseconds: $0.at).description), "form": $0.form?.value ?? .null,
                    ]
                }),
        ]
    }
}

extension WorkflowEngine.Replayed {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["run": .string(run.rawValue), "replay": .null, "problem": .null]
        switch outcome {
        case .success(let replay): members["replay"] = .string(replay.rawValue)
        case .failure(let problem): members["problem"] = .string(problem.description)
        }
        return .object(members)
    }
}

extension OpenApproval {
    fileprivate var json: JSONValue {
        [
            "run": .string(run.id.rawValue), "workflow": .string(run.workflow.rawValue), "step": .string(step.key.description),
            "title": JSONValue(step.title), "input": step.input?.value ?? .null,
            "began": .string(Timestamp(milliseconds: step.began).description),
            "due": JSONValue(step.due.map { Timestamp(milliseconds: $0).description }),
        ]
    }
}

extension StepError {
    fileprivate var json: JSONValue { ["code": .string(code), "message": .string(message)] }
}

extension Payload {
    /// For an answer; what cannot be read as JSON is told as text.
    fileprivate var value: JSONValue {
        let text = text
        return (try? JSONValue.parse(text)) ?? .string(text)
    }
}
