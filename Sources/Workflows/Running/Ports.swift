package import GRDB
package import Model

/// What carries the effects of steps out.
package protocol StepInvoker: Sendable {
    /// Does what a step asks for, as the tenant, and says what it came to. `key` is the same whenever this step is tried again.
    /// Cancelling the task ends what is under way, as far as that is possible. What it gave that is no JSON goes to `keep`, for
    /// something that refers to it.
    func invoke(_ call: Call, key: String, for tenant: TenantID, keeping keep: @escaping ContentKeeper) async -> PlannerEvent.Outcome

    /// Keeps as a document of the tenant's what cannot go through a run, and gives what refers to it: `{document, name, mediaType,
    /// size, sha256}`. A media type that is not known is found by the content.
    func keep(
        _ bytes: [UInt8], as document: DocumentID, named name: String, mediaType: String?, for tenant: TenantID
    ) async throws(Problem) -> JSONValue

    /// Removes documents that were kept for runs, and says which are gone.
    func drop(_ documents: [String], of tenant: TenantID) async -> [String]

    /// Tells people that a step waits for their decision, for the first time or again.
    func ask(_ people: [String], _ request: ApprovalRequest, for tenant: TenantID) async

    /// Tells the tenant's hooks what became of a run.
    func announce(_ event: RunEvent, for tenant: TenantID) async
}

/// Keeps bytes for a run, for as long as it is there, and gives what refers to them.
package typealias ContentKeeper = @Sendable (_ bytes: [UInt8]) async throws(Problem) -> JSONValue

/// Where accepted runs are counted.
package protocol RunMeter: Sendable {
    /// To be called before anything of the tenant is counted.
    func openRuns(of tenant: TenantID) async throws(Problem)

    /// Counts runs that are about to be accepted; throws `quotaExceeded` where the tenant may have no more. With none it only throws.
    func count(runs: Int, for tenant: TenantID) throws(Problem)

    /// Counts runs that were accepted earlier; takes back, as less than none, those that came to nothing.
    func add(runs: Int, for tenant: TenantID)
}

/// Who carries actions of connectors out.
package protocol ConnectorPort: Sendable {
    /// As `StepInvoker.invoke` does. A connector that is not there is the failure `noConnector`.
    func perform(
        _ action: ConnectorAction, _ input: Payload, key: String, for tenant: TenantID
    ) async -> PlannerEvent.Outcome
}

/// What people are asked.
package struct ApprovalRequest: Sendable, Hashable {
    package let run: RunID
    package let step: StepKey
    package let workflow: WorkflowID
    package let title: String
    package let isReminder: Bool
}

/// The beginning or the end of a run.
package struct RunEvent: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case started, finished, failed
    }

    package let kind: Kind
    package let run: RunID
    package let workflow: WorkflowID
    package let version: Int
    package let error: StepError?
}

/// Where workflows come from. Whoever changes what is published tells the engine, which may remember it until then.
package protocol WorkflowSource: Sendable {
    /// The newest published version. Throws `notFound` where there is none.
    func published(_ id: WorkflowID, of tenant: TenantID) async throws(Problem) -> (version: Int, workflow: Workflow)
    /// Everything published, each in the version in force.
    func inForce(of tenant: TenantID) async throws(Problem) -> [Workflow]
    /// A version that was published. Versions never change. Throws `notFound` where it is there no more.
    func version(_ number: Int, of id: WorkflowID, of tenant: TenantID) async throws(Problem) -> Workflow
    /// Whether a version is there, in the transaction that makes a run of it: from then on it stays.
    func has(_ number: Int, of id: WorkflowID, in database: Database) throws -> Bool
}
