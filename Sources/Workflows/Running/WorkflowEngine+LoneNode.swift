package import Model
import Store

/// Runs of one node alone: runs like any other, but for where they begin and that nothing comes behind them.
extension WorkflowEngine {
    /// What a node is run of.
    package enum Edition: Sendable {
        /// The newest version.
        case published
        case version(Int)
        /// As it is now: the run keeps it.
        case draft(Workflow)
    }

    /// How a run of one node is begun.
    package struct LoneBeginning: Sendable {
        package var wish: LoneNode.Wish
        package var edition = Edition.published
        package var priority = 0
        /// A second run of the node with the same key is not begun. It is none of the workflow's own keys.
        package var deduplication: String?
        /// Whether the node may get what no approval before it was asked about.
        package var passesApprovals = true

        package init(_ wish: LoneNode.Wish) { self.wish = wish }
    }

    /// Accepts a run of one node with what lies in it, for real. It is on disk when this returns; it counts as a run of the workflow
    /// where these are counted, and shares its places and its rate. Nothing is started by its end.
    package func execute(
        _ id: WorkflowID, _ beginning: LoneBeginning, for tenant: TenantID
    ) async throws(Problem) -> RunID {
        let (version, workflow) = try await edition(beginning.edition, of: id, tenant)
        let past = try await past(beginning.wish.source, of: id, tenant)
        var lone = try LoneNode(beginning.wish, from: past, in: workflow)
        if !beginning.passesApprovals { try beginning.wish.checkApprovals(past, in: workflow) }
        if case .draft = beginning.edition { lone.draft = workflow.source }
        let given = lone.given(by: workflow, of: past == nil ? nil : beginning.wish.nodes)
        guard let trigger = given?.trigger ?? past?.run.trigger ?? workflow.entry ?? workflow.nodes.first(where: \.kind.isTrigger)?.id else {
            throw Problem(.conflict, "workflow \(id) has no trigger", hint: "add a node of type trigger")
        }
        var run = Run(
            id: .random(), workflow: id, version: version, trigger: trigger,
            input: given?.payload ?? past?.run.input ?? lone.arrived, began: Moment.now)
        run.node = lone.node
        var origin = RunOrigin()
        origin.lone = lone
        origin.priority = beginning.priority
        // No caller's key begins with a control character.
        origin.deduplication = beginning.deduplication.map { "\u{1}node \(lone.node) \($0)" }
        origin.depth = RunChain.depth
        let answering = Answering(evaluator: evaluator, tenant: tenant)
        origin.concurrency = try await answering.concurrency(of: workflow, run)
        origin.throttle = try await answering.throttle(of: workflow, run)
        return try await runs(of: tenant).accept(run, origin, of: VersionInForce(version, workflow.alone(lone.node))).run
    }

    private func edition(
        _ edition: Edition, of id: WorkflowID, _ tenant: TenantID
    ) async throws(Problem) -> (version: Int, workflow: Workflow) {
        switch edition {
        case .published: try await source.published(id, of: tenant)
        case .version(let number): (number, try await source.version(number, of: id, of: tenant))
        case .draft(let workflow): (Run.draft, workflow)
        }
    }

    private func past(_ id: RunID?, of workflow: WorkflowID, _ tenant: TenantID) async throws(Problem) -> LoneNode.Past? {
        guard let id else { return nil }
        let past = try await store.tenant(tenant).read { database -> LoneNode.Past? in
            guard let run = try RunQueries.run(id, in: database), run.workflow == workflow else { return nil }
            return LoneNode.Past(run: run, steps: try RunQueries.steps(of: id, in: database), lone: try LoneNode.find(of: run, in: database))
        }
        guard let past else { throw Problem(.notFound, "workflow \(workflow) has no run \(id)", hint: "cloister run list --workflow \(workflow)") }
        return past
    }

    /// The workflow that a run keeps to, as a whole.
    func workflow(of run: Run, for tenant: TenantID) async throws(Problem) -> Workflow {
        if let kept = try await store.tenant(tenant).read({ try LoneNode.find(of: run, in: $0) })?.kept { return kept }
        return try await source.version(run.version, of: run.workflow, of: tenant)
    }
}
