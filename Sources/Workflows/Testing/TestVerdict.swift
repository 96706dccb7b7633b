import Model

/// What a test came to: how its run ended, and what is other than was expected.
package struct TestVerdict: Sendable {
    package let name: String
    /// Empty where everything is as expected.
    package let complaints: [String]
    let record: TestRun.Record

    package var passed: Bool { complaints.isEmpty }
    package var ending: WorkflowTest.Ending { record.ending }
    package var run: Run { record.run }
    /// In the order in which they began.
    package var steps: [Step] { record.steps }

    /// Differences of one test that are told.
    private static let limit = 20

    init(_ test: WorkflowTest, _ record: TestRun.Record) {
        name = test.name
        self.record = record
        complaints = Array(Self.complaints(test.expectation, test.extent, record).prefix(Self.limit))
    }

    private static func complaints(
        _ expected: WorkflowTest.Expectation, _ extent: WorkflowTest.Extent, _ record: TestRun.Record
    ) -> [String] {
        var complaints: [String] = []
        // What stops at a node may end there as well.
        let usual: Set<WorkflowTest.Ending> = extent == .whole ? [.succeeded] : [.succeeded, .stopped]
        if !(expected.status.map { [$0] } ?? usual).contains(record.ending) {
            complaints.append("expected that it \((expected.status ?? .succeeded).verb), but it \(record.ending.verb)\(reason(record))")
        }
        if let output = expected.output {
            complaints += differences("output", output, record.run.output ?? record.steps.last { $0.key.node == extent.node }?.output)
        }
        if let code = expected.errorCode, code != record.run.error?.code {
            complaints.append("error/code: expected \(code), was \(record.run.error?.code ?? "none")")
        }
        if let node = expected.errorNode, node != record.run.failedStep?.node {
            complaints.append("error/node: expected \(node), was \(record.run.failedStep?.node.rawValue ?? "none")")
        }
        let steps = Dictionary(record.steps.map { ($0.key, $0) }) { first, _ in first }
        for (key, step) in expected.steps.sorted(by: { $0.key.description < $1.key.description }) where complaints.count <= limit {
            complaints += Self.complaints(step, key, steps[key])
        }
        return complaints
    }

    private static func reason(_ record: TestRun.Record) -> String {
        if let error = record.run.error {
            return record.run.failedStep.map { " at \($0): \(error.code): \(error.message)" } ?? ": \(error.code): \(error.message)"
        }
        guard record.ending == .waiting else { return "" }
        let open = record.steps.filter { !$0.state.isTerminal }.map { "\($0.key) (\($0.state.rawValue))" }
        return " at \(open.prefix(5).joined(separator: ", "))"
    }

    private static func complaints(_ expected: WorkflowTest.StepExpectation, _ key: StepKey, _ step: Step?) -> [String] {
        if expected.isUnreached { return step.map { ["\(key)/state: expected unreached, was \($0.state.rawValue)"] } ?? [] }
        guard let step else { return ["\(key): it was not reached"] }
        var complaints: [String] = []
        if let state = expected.state, state != step.state {
            complaints.append("\(key)/state: expected \(state.rawValue), was \(step.state.rawValue)" + (step.error.map { " (\($0.code): \($0.message))" } ?? ""))
        }
        if let port = expected.port, port != step.port?.name { complaints.append("\(key)/port: expected \(port), was \(step.port?.name ?? "none")") }
        if let attempts = expected.attempts, attempts != step.attempt {
            complaints.append("\(key)/attempts: expected \(attempts), was \(step.attempt)")
        }
        if let input = expected.input { complaints += differences("\(key)/input", input, step.input) }
        if let output = expected.output { complaints += differences("\(key)/output", output, step.output) }
        if let request = expected.request { complaints += differences("\(key)/request", request, step.request) }
        return complaints
    }

    private static func differences(_ place: String, _ expected: JSONValue, _ found: Payload?) -> [String] {
        guard let found, let value = try? JSONValue.parse(found.text) else {
            return ["\(place): expected \(excerpt(expected)), was nothing"]
        }
        return JSONDifference(from: expected.plain, to: value.plain).changes.prefix(limit).map { change in
            switch change {
            case .add(let pointer, let value): "\(place)\(pointer): not expected: \(excerpt(value))"
            case .remove(let pointer, let value): "\(place)\(pointer): expected \(excerpt(value)), was nothing"
            case .replace(let pointer, let expected, let value): "\(place)\(pointer): expected \(excerpt(expected)), was \(excerpt(value))"
            }
        }
    }

    private static func excerpt(_ value: JSONValue) -> String {
        let text = value.compactText
        return text.utf8.count <= 200 ? text : text.prefix(200) + "…"
    }
}

extension WorkflowTest.Ending {
    fileprivate var verb: String {
        switch self {
        case .succeeded: "succeeds"
        case .failed: "fails"
        case .waiting: "waits for a person"
        case .stopped: "stops where it was to"
        }
    }
}

extension JSONValue {
    /// Whole numbers as such, however they are written.
    fileprivate var plain: JSONValue {
        switch self {
        case .number: integer.map(JSONValue.integer) ?? self
        case .array(let elements): .array(elements.map(\.plain))
        case .object(let members): .object(members.mapValues(\.plain))
        default: self
        }
    }
}
