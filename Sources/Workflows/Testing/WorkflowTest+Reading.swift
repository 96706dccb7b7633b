package import Model

extension WorkflowTest {
    /// Reads the member `tests` of a definition, or the tests that somebody wants to have run once.
    static func list(_ reader: inout DefinitionReader, of nodes: [WorkflowNode]) -> [WorkflowTest] {
        guard let value = reader.take("tests") else { return [] }
        guard let list = value.array, list.count <= most else {
            reader.report("expected at most \(most) tests", at: "tests")
            return []
        }
        let known = Dictionary(nodes.map { ($0.id, $0.kind) }) { first, _ in first }
        var tests: [WorkflowTest] = []
        for (index, element) in list.enumerated() {
            var reading = Reading(reader: DefinitionReader(element, at: reader.pointer.appending("tests").appending(index)), nodes: known)
            let test = reading.test()
            if tests.contains(where: { $0.name == test.name }) {
                reading.reader.report("a second test of this name", at: "name", hint: "each test has a name of its own")
            }
            reader.add(reading.reader.findings)
            tests.append(test)
        }
        return tests
    }

    /// Tests for a workflow that is already read.
    package static func list(_ value: JSONValue, of workflow: Workflow) throws(WorkflowFindings) -> [WorkflowTest] {
        var reader = DefinitionReader(["tests": value], at: JSONPointer())
        if value.bytes.count > Workflow.sizeLimit { reader.report("more than \(ByteSize(bytes: Int64(Workflow.sizeLimit)))", at: "tests") }
        let tests = list(&reader, of: workflow.nodes)
        guard reader.findings.isEmpty else {
            var findings = WorkflowFindings()
            findings.add(reader.findings)
            throw findings
        }
        return tests
    }
}

/// Reads one test against the nodes that there are.
private struct Reading {
    var reader: DefinitionReader
    let nodes: [NodeID: NodeKind]

    mutating func test() -> WorkflowTest {
        var test = WorkflowTest(name: reader.requiredLine("name") ?? "")
        test.trigger = node("trigger")
        if let trigger = test.trigger, nodes[trigger]?.isTrigger != true { reader.report("no trigger is called \(trigger)", at: "trigger") }
        test.input = reader.given("input") ?? [:]
        if let text = reader.line("at", limit: 40) {
            if let moment = Moments.milliseconds(text) {
                test.began = moment
            } else {
                reader.report("expected a moment such as 2026-03-02T09:00:00Z", at: "at")
            }
        }
        test.mocks = byNode("mocks") { $0.mock($1, $2) }
        test.pins = byNode("pins") { $0.pin($1, $2) }
        test.extent = extent()
        if let value = reader.take("expect") { test.expectation = expectation(value) }
        reader.finish()
        return test
    }

    private mutating func extent() -> WorkflowTest.Extent {
        switch (node("until"), node("only")) {
        case (nil, nil): return .whole
        case (let node?, nil): return .until(node)
        case (nil, let node?):
            if nodes[node]?.isTrigger == true { reader.report("a trigger does nothing alone", at: "only") }
            return .only(node)
        default:
            reader.report("a test has either until or only", at: "only")
            return .whole
        }
    }

    /// The node that a member names.
    private mutating func node(_ key: String) -> NodeID? {
        guard let text = reader.line(key, limit: 63) else { return nil }
        return known(text, at: key)
    }

    private mutating func known(_ text: String, at key: String) -> NodeID? {
        if let id = NodeID(rawValue: text), nodes[id] != nil { return id }
        reader.report("no node is called \(text.prefix(64).debugDescription)", at: key, hint: nearest(text))
        return nil
    }

    private func nearest(_ text: String) -> String? {
        nodes.keys.map(\.rawValue).nearest(to: text).map { "did you mean \($0)?" }
    }

    /// An object with one member for each node that it is about.
    private mutating func byNode<Value>(
        _ key: String, _ read: (inout Reading, JSONValue, NodeID) -> Value?
    ) -> [NodeID: Value] {
        guard let value = reader.take(key) else { return [:] }
        guard let members = value.object else {
            reader.report("expected an object with the names of nodes", at: key)
            return [:]
        }
        var values: [NodeID: Value] = [:]
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            guard let id = known(name, at: key) else { continue }
            values[id] = read(&self, member, id)
        }
        return values
    }

    private mutating func pin(_ value: JSONValue, _ id: NodeID) -> JSONValue? {
        guard let kind = nodes[id], kind.isPinnable else {
            let hint = if case .action(.approval)? = nodes[id] { "let people decide: mocks: {\(id): {decisions: …}}" } else { "give what comes before it" }
            reader.report("\(id): it has several ways out, or begins a run: it cannot be pinned", at: "pins", hint: hint)
            return nil
        }
        return value
    }

    private mutating func mock(_ value: JSONValue, _ id: NodeID) -> WorkflowTest.Mock? {
        guard let kind = nodes[id] else { return nil }
        let place = reader.pointer.appending("mocks").appending(id.rawValue)
        if case .action(.approval) = kind {
            var inner = DefinitionReader(value, at: place, node: id.rawValue)
            let decisions = decisions(&inner)
            inner.finish()
            reader.add(inner.findings)
            return .decisions(decisions)
        }
        guard kind.isAttempted else {
            reader.report("\(id) has no effect that could be mocked", at: "mocks", hint: "pin its output: pins: {\(id): …}")
            return nil
        }
        let list = value.array ?? [value]
        guard (1...100).contains(list.count) else {
            reader.report("\(id): expected one outcome, or a list of up to 100", at: "mocks")
            return nil
        }
        return .outcomes(list.enumerated().compactMap { index, element in
            outcome(element, value.array == nil ? place : place.appending(index), id)
        })
    }

    private mutating func outcome(_ value: JSONValue, _ place: JSONPointer, _ id: NodeID) -> WorkflowTest.Outcome? {
        var inner = DefinitionReader(value, at: place, node: id.rawValue)
        let isGiven = value["output"] != nil
        let output = inner.template("output")
        let error = inner.take("error")
        let isLost = inner.bool("lost") ?? false
        let after = inner.duration("after") ?? .zero
        let kind: WorkflowTest.Outcome.Kind?
        switch (isGiven, error, isLost) {
        case (true, nil, false): kind = .output(output ?? Template(root: .constant(.null)))
        case (false, let error?, false):
            var fault = DefinitionReader(error, at: place.appending("error"), node: id.rawValue)
            let code = fault.requiredLine("code", limit: 100)
            let message = fault.text("message", limit: StepError.messageLimit)
            fault.finish()
            inner.add(fault.findings)
            kind = code.map { .error(StepError($0, message ?? "as the test says")) }
        case (false, nil, true): kind = .lost
        default:
            inner.report("expected one of output, error and lost: true")
            kind = nil
        }
        inner.finish()
        reader.add(inner.findings)
        return kind.map { WorkflowTest.Outcome(kind: $0, after: after) }
    }

    private mutating func decisions(_ reader: inout DefinitionReader) -> [WorkflowTest.Decision] {
        guard let value = reader.required("decisions") else { return [] }
        guard let list = value.array, list.count <= 50 else {
            reader.report("expected at most 50 decisions", at: "decisions")
            return []
        }
        return list.enumerated().map { index, element in
            var inner = DefinitionReader(element, at: reader.pointer.appending("decisions").appending(index), node: reader.node)
            let decision = WorkflowTest.Decision(
                person: inner.requiredLine("person") ?? "", isApproved: inner.bool("approved") ?? true, form: inner.take("form"),
                after: inner.duration("after") ?? .zero)
            inner.finish()
            reader.add(inner.findings)
            return decision
        }
    }

    private mutating func expectation(_ value: JSONValue) -> WorkflowTest.Expectation {
        var inner = DefinitionReader(value, at: reader.pointer.appending("expect"))
        var expectation = WorkflowTest.Expectation()
        expectation.status = inner.choice("status")
        expectation.output = inner.given("output")
        if let error = inner.take("error") {
            var fault = DefinitionReader(error, at: inner.pointer.appending("error"))
            expectation.errorCode = fault.line("code", limit: 100)
            expectation.errorNode = fault.line("node", limit: 63).flatMap(NodeID.init(rawValue:))
            fault.finish()
            inner.add(fault.findings)
        }
        let steps = inner.take("nodes")
        if steps?.object?.count ?? 0 > WorkflowTest.mostSteps {
            inner.report("more than \(WorkflowTest.mostSteps) steps", at: "nodes")
            reader.add(inner.findings)
            return expectation
        }
        let place = inner.pointer.appending("nodes")
        inner.finish()
        reader.add(inner.findings)
        for (name, member) in (steps?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let key = StepKey(name), nodes[key.node] != nil else {
                reader.report(
                    "expect: no node is called \(name.prefix(64).debugDescription)", at: "expect",
                    hint: nearest(name) ?? "a node, or loop.0/node for its first turn in a loop")
                continue
            }
            expectation.steps[key] = stepExpectation(member, place.appending(name), key.node)
        }
        return expectation
    }

    private mutating func stepExpectation(_ value: JSONValue, _ place: JSONPointer, _ node: NodeID) -> WorkflowTest.StepExpectation {
        var inner = DefinitionReader(value, at: place, node: node.rawValue)
        var expectation = WorkflowTest.StepExpectation()
        if let state = inner.line("state", limit: 40) {
            if state == "unreached" {
                expectation.isUnreached = true
            } else if let state = Step.State(rawValue: state) {
                expectation.state = state
            } else {
                inner.report("expected unreached or one of \(Step.State.allCases.map(\.rawValue).joined(separator: ", "))", at: "state")
            }
        }
        expectation.input = inner.given("input")
        expectation.output = inner.given("output")
        expectation.request = inner.given("request")
        expectation.port = inner.line("port", limit: 64)
        expectation.attempts = inner.integer("attempts", in: 0...1000)
        inner.finish()
        reader.add(inner.findings)
        return expectation
    }
}

extension NodeKind {
    /// Whether a value can stand for all that a node of this kind does.
    fileprivate var isPinnable: Bool {
        switch self {
        case .trigger, .condition(.if), .condition(.switch), .loop, .action(.approval), .action(.raise): false
        case .action, .condition(.filter): true
        }
    }
}
