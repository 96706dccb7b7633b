package import Model

/// Runs the tests of workflows, with the workers that evaluate for their runs.
package actor WorkflowTester {
    /// Of one tenant at once.
    private static let most = 2
    /// Of all tenants.
    private static let mostInAll = 8
    /// Bytes of inputs and outputs in all the tests of one request.
    static let sizeLimit = 8 << 20
    /// For all the tests of one request.
    private static let time = Duration.seconds(60)

    private let evaluator: any ExpressionEvaluator
    private var underWay: [TenantID: Int] = [:]

    package init(_ evaluator: any ExpressionEvaluator) { self.evaluator = evaluator }

    /// In their order, each with its verdict. Makes no effect and stores nothing. Throws `retryLater` while two requests of the
    /// tenant are under way, `deadlineExceeded` after a minute, `invalidInput` where a test's input does not suit its trigger.
    package func run(
        _ tests: [WorkflowTest], of workflow: Workflow, version: Int, for tenant: TenantID
    ) async throws(Problem) -> [TestVerdict] {
        guard underWay.values.reduce(0, +) < Self.mostInAll else {
            throw Problem(.retryLater, "\(Self.mostInAll) test runs are under way", hint: "try again when one has ended")
        }
        guard underWay[tenant, default: 0] < Self.most else {
            throw Problem(.retryLater, "\(Self.most) test runs of tenant \(tenant) are under way", hint: "try again when one has ended")
        }
        underWay[tenant, default: 0] += 1
        defer {
            underWay[tenant, default: 1] -= 1
            if underWay[tenant] == 0 { underWay[tenant] = nil }
        }
        let answering = Answering(evaluator: evaluator, tenant: tenant)
        let deadline = ContinuousClock.now + Self.time
        var verdicts: [TestVerdict] = []
        var left = Self.sizeLimit
        for test in tests {
            var run = try TestRun(test, of: workflow, version: version, answering, sizeLimit: left)
            verdicts.append(TestVerdict(test, try await run.run(until: deadline)))
            left -= run.size
        }
        return verdicts
    }
}
