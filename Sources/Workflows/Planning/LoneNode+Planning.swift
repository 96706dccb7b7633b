package import Model

extension LoneNode {
    /// What somebody asks for who wants to run one node.
    package struct Wish: Sendable, Hashable {
        /// The node; or one of its steps in `source`, where it lies in a loop.
        package var step: StepKey
        /// What comes to it; what came to it in `source` where there is none.
        package var input: Payload?
        /// Outputs of other nodes, for `$nodes`.
        package var nodes: [NodeID: Payload] = [:]
        /// An earlier run of the workflow, from which everything is taken that is not named here.
        package var source: RunID?

        package init(_ step: StepKey) { self.step = step }
    }

    /// A run as it was stored, of any version of the workflow.
    struct Past: Sendable {
        let run: Run
        let steps: [Step]
        /// Where it was one of one node, too.
        let lone: LoneNode?
    }

    /// Throws where the node is not there (`notFound`, with the nearest), where it is a trigger, where the run never came to it,
    /// and where it reads outputs that nobody gives: what it does is done for real, and not with `null` by oversight.
    init(_ wish: Wish, from past: Past?, in workflow: Workflow) throws(Problem) {
        let graph = WorkflowGraph(workflow)
        let id = wish.step.node
        guard let target = graph.nodes[id] else { throw graph.lacks(id) }
        guard !target.kind.isTrigger else {
            let others = workflow.nodes.filter { !$0.kind.isTrigger }.prefix(10).map(\.id.rawValue)
            throw Problem(
                .invalidInput, "node \(id) is a trigger, which does nothing of itself",
                hint: "execute the workflow without naming a node, or run one of \(others.joined(separator: ", "))")
        }
        guard workflow.nodes.contains(where: \.kind.isTrigger) else {
            throw Problem(.conflict, "the workflow has no trigger", hint: "add a node of type trigger")
        }
        if let unknown = wish.nodes.keys.filter({ graph.nodes[$0] == nil }).min(by: { $0.rawValue < $1.rawValue }) { throw graph.lacks(unknown) }
        let own = graph.wholeLoops(of: [id])
        let templates = workflow.nodes.filter { own.contains($0.id) }.flatMap(\.templates)
        switch past {
        case nil:
            guard wish.step.scope == .outermost else {
                throw Problem(.invalidInput, "step \(wish.step) is one of a run, and none is named", hint: "name the run with from, or the node alone")
            }
            self.init(id, arrived: wish.input ?? .null)
            if graph.loop[id] != nil { (item, index) = (arrived, 0) }
            // Right behind a trigger, what comes is what that gives.
            let sources = Set((graph.incoming[id] ?? []).map(\.source))
            if sources.count == 1, let source = sources.first, graph.nodes[source]?.kind.isTrigger == true { nodes[source] = arrived }
        case let past? where past.lone != nil:
            guard let lone = past.lone, lone.node == id else {
                throw Problem(
                    .conflict, "run \(past.run.id) is one of node \(past.lone?.node.rawValue ?? "") alone",
                    hint: "take a run of the whole workflow, or give what comes to \(id): input")
            }
            self = lone
            draft = nil
        case let past?:
            let planner = Planner(past.run, steps: past.steps, of: workflow, graph: graph)
            guard let key = planner.place(of: wish.step) else {
                throw Problem(
                    .conflict, "run \(past.run.id) never came to \(wish.step)", hint: "take another run, or give what comes to it: input")
            }
            let sites = Dictionary(uniqueKeysWithValues: templates.enumerated().map { (Question.Site.case($0.offset), $0.element) })
            let question = planner.question(about: key, .input, sites, planner.arrived(at: key))
            self.init(id, arrived: question.input)
            (nodes, item, index) = (question.nodes.filter { !own.contains($0.key) }, question.item, question.index)
        }
        source = past?.run.id
        if let input = wish.input { arrived = input }
        nodes.merge(wish.nodes) { $1 }
        if past == nil || past?.lone != nil { try check(templates, besides: own, in: past == nil ? workflow : nil) }
        guard arrived.size <= Payload.limit, size <= Self.limit else {
            throw Problem(
                .quotaExceeded, "what node \(id) is given is larger than \(ByteSize(bytes: Int64(Payload.limit)))",
                hint: "upload it as a document and give its identifier")
        }
    }

    /// `workflow` where `$trigger` must be given, too.
    private func check(_ templates: [Template], besides own: Set<NodeID>, in workflow: Workflow?) throws(Problem) {
        let named = Set(templates.flatMap(\.references.nodes).compactMap(NodeID.init(rawValue:)))
        var missing = named.filter { nodes[$0] == nil && !own.contains($0) }.map(\.rawValue).sorted()
        if let workflow, given(by: workflow) == nil,
            templates.flatMap(\.programs).contains(where: { ExpressionScanner.variables(in: $0)?.contains("trigger") == true })
        {
            missing.append("the trigger")
        }
        guard !missing.isEmpty else { return }
        throw Problem(
            .invalidInput, "node \(node) reads what \(missing.joined(separator: " and ")) gave, and nothing else runs with it",
            hint: "give it with nodes ({NODE: OUTPUT}, the trigger by its name, too), or take it from an earlier run with from")
    }

    /// What a trigger would have given, of those outputs that are named.
    func given(by workflow: Workflow, of outputs: [NodeID: Payload]? = nil) -> (trigger: NodeID, payload: Payload)? {
        for node in workflow.nodes where node.kind.isTrigger {
            if let payload = (outputs ?? nodes)[node.id] { return (node.id, payload) }
        }
        return nil
    }
}

extension LoneNode.Wish {
    /// Throws `permissionDenied` where an approval comes before the node, unless all that the node gets came through it in a run of
    /// the whole workflow: whoever gives something else would have it done without the decision.
    func checkApprovals(_ past: LoneNode.Past?, in workflow: Workflow) throws(Problem) {
        if let past, past.lone == nil, input == nil, nodes.isEmpty { return }
        let before = WorkflowGraph(workflow).before(step.node)
        let approval = workflow.nodes.first { node in
            if case .action(.approval) = node.kind { before.contains(node.id) } else { false }
        }
        guard let approval else { return }
        throw Problem(
            .permissionDenied, "node \(step.node) comes behind approval \(approval.id), which would be passed over",
            hint: "take it unchanged from a run that was approved, with from; or ask somebody who may change the workflow")
    }
}

extension WorkflowGraph {
    func lacks(_ node: NodeID) -> Problem {
        let near = nodes.keys.map(\.rawValue).nearest(to: node.rawValue)
        return Problem(.notFound, "node not found: \(node)", hint: near.map { "did you mean \($0)?" })
    }

    /// The loops that a node lies in, the outermost first.
    fileprivate func loops(round node: NodeID) -> [NodeID] {
        var found: [NodeID] = []
        var id = node
        while let next = loop[id], !found.contains(next) {
            found.insert(next, at: 0)
            id = next
        }
        return found
    }
}

extension Planner {
    /// Where a run came to a node: the step that is named, or the first one of the node; for a node that the run's own version did
    /// not have, the first place where it would have come to it. Nil where it came to none.
    fileprivate func place(of wish: StepKey) -> StepKey? {
        let loops = graph.loops(round: wish.node)
        if wish.scope != .outermost {
            return wish.scope.iterations.map(\.loop) == loops && isReached(wish) ? wish : nil
        }
        let steps = steps.values.sorted { $0.ordinal < $1.ordinal }.map(\.key).filter { $0.scope.iterations.map(\.loop) == loops }
        return steps.first { $0.node == wish.node && !$0.isIteration }
            ?? steps.lazy.map { StepKey(wish.node, in: $0.scope) }.first(where: isReached)
    }

    private func isReached(_ key: StepKey) -> Bool {
        if let last = key.scope.iterations.last {
            guard let owner = key.scope.owner, steps[owner.iteration(last.index)] != nil else { return false }
            if graph.entries[last.loop]?.contains(key.node) == true { return true }
        }
        return steps[key] != nil || !arrivals(at: key).isEmpty
    }
}
