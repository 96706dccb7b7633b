import Model

/// How a run moves along its connections.
extension Planner {
    /// What is known of a way into a node, and of a node's turn.
    private enum Way {
        case open, taken, dead
    }

    mutating func succeed(_ key: StepKey, _ port: Port, _ output: Payload) {
        change(key) {
            $0.state = .succeeded
            $0.port = port
            $0.output = output
            $0.error = nil
        }
        follow(key)
    }

    /// A step that failed for good: on through its port `error`, on as if nothing were, or the end of what it lies in.
    mutating func fail(_ key: StepKey, _ error: StepError) {
        guard let node = node(key), let step = steps[key], !step.state.isTerminal else { return }
        if let progress = loops.removeValue(forKey: key) {
            for index in progress.running {
                end(key.scope.entering(key.node, index))
                change(key.iteration(index)) { $0.state = .cancelled }
            }
        }
        let isCaught = node.connections.contains { $0.port == .error }
        let port: Port? = isCaught ? .error : node.continuesOnError ? node.kind.usualPort : nil
        change(key) {
            $0.state = .failed
            $0.error = error
            $0.port = port
            $0.output = port.map { _ in error.payload }
        }
        if port != nil { return follow(key) }
        guard key.scope.owner == nil else { return iterationFailed(key.scope, error) }
        end(.outermost)
        changeRun {
            $0.error = error
            $0.failedStep = key
        }
        finish(.failed)
    }

    /// Goes on behind a step that has ended, and behind those that end by that: one after the other, so that no chain of nodes lies on
    /// the stack.
    mutating func follow(_ key: StepKey) {
        toFollow.append(key)
        guard !isFollowing else { return }
        isFollowing = true
        while !toFollow.isEmpty { goOn(behind: toFollow.removeFirst()) }
        isFollowing = false
    }

    private mutating func goOn(behind key: StepKey) {
        var open = Array((graph.outgoing[key.node] ?? []).map(\.target).reversed())
        var seen: Set<NodeID> = []
        var known: [NodeID: Way] = [:]
        while let target = open.popLast() {
            guard seen.insert(target).inserted else { continue }
            let next = StepKey(target, in: key.scope)
            guard steps[next] == nil, !run.state.isTerminal, !isOver(key.scope) else { continue }
            switch turn(of: target, key.scope, &known) {
            case .open: continue
            case .dead: open += (graph.outgoing[target] ?? []).map(\.target)
            case .taken:
                begin(next)
                known = [:]
            }
        }
        settle(key.scope)
    }

    /// Whether an iteration has ended, as one may while several of its steps begin.
    private func isOver(_ scope: Scope) -> Bool {
        guard let owner = scope.owner, let index = scope.iterations.last?.index else { return false }
        return steps[owner.iteration(index)]?.state.isTerminal ?? true
    }

    /// Whether a node's turn has come, never comes, or may still come. `known` keeps what was found, so that each node is
    /// looked at once.
    private func turn(of id: NodeID, _ scope: Scope, _ known: inout [NodeID: Way]) -> Way {
        if let way = known[id] { return way }
        var taken = 0
        var waits = false
        for edge in graph.incoming[id] ?? [] {
            switch way(edge, scope, &known) {
            case .open: waits = true
            case .taken: taken += 1
            case .dead: break
            }
        }
        let turn: Way
        switch graph.nodes[id]?.kind {
        case .action(.join(.any)), .action(.join(.race)): turn = taken > 0 ? .taken : waits ? .open : .dead
        // Where too few can come any more, its turn comes all the same, and it fails and says so.
        case .action(.join(.count(let count))): turn = taken >= count ? .taken : waits ? .open : taken > 0 ? .taken : .dead
        default: turn = waits ? .open : taken > 0 ? .taken : .dead
        }
        known[id] = turn
        return turn
    }

    private func way(_ edge: WorkflowGraph.Edge, _ scope: Scope, _ known: inout [NodeID: Way]) -> Way {
        if let step = steps[StepKey(edge.source, in: scope)] {
            guard step.state.isTerminal else { return .open }
            return step.port == edge.port ? .taken : .dead
        }
        if graph.nodes[edge.source]?.kind.isTrigger != false { return .dead }
        // Where an iteration begins, its turn comes from the loop.
        if let loop = scope.iterations.last?.loop, graph.entries[loop]?.contains(edge.source) == true { return .open }
        return turn(of: edge.source, scope, &known) == .dead ? .dead : .open
    }

    /// A step's turn: what goes in is worked out first.
    mutating func begin(_ key: StepKey) {
        guard steps[key] == nil else { return }
        add(key)
        guard steps[key] != nil else { return }
        if case .action(.join(let join)) = node(key)?.kind {
            if case .race = join { endRivals(of: key) }
            let came = arrivals(at: key).count
            if case .count(let count) = join, came < count, lone?.node != key.node {
                return fail(key, StepError("invalidInput", "only \(came) of the \(count) branches came that it waits for"))
            }
        }
        if !run.isPaused { prepare(key) }
    }

    /// The steps from which a taken way leads here, in the order of the definition.
    func arrivals(at key: StepKey) -> [Step] {
        var known: [NodeID: Way] = [:]
        var sources: [NodeID] = []
        for edge in graph.incoming[key.node] ?? [] where !sources.contains(edge.source) {
            if way(edge, key.scope, &known) == .taken { sources.append(edge.source) }
        }
        return sources.sorted { graph.order[$0] ?? 0 < graph.order[$1] ?? 0 }
            .compactMap { steps[StepKey($0, in: key.scope)] }
    }

    /// What came along the connections: the output of the one node that leads here, or those of several by name; at the
    /// beginning of an iteration, its item; to a node that runs alone, what it is given.
    func arrived(at key: StepKey) -> Payload {
        if let lone, key == StepKey(lone.node) { return lone.arrived }
        let sources = arrivals(at: key)
        if sources.isEmpty, let last = key.scope.iterations.last, let owner = key.scope.owner {
            return steps[owner.iteration(last.index)]?.input ?? .null
        }
        return Self.combined(sources)
    }

    private static func combined(_ steps: [Step]) -> Payload {
        switch steps.count {
        case 0: .null
        case 1: steps[0].output ?? .null
        default:
            .object(
                Dictionary(
                    steps.map { ($0.key.node.rawValue, $0.output ?? .null) }, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// Ends the other branches of a race.
    private mutating func endRivals(of key: StepKey) {
        let rivals = graph.before(key.node).filter { graph.loop[$0] == graph.loop[key.node] }
            .sorted { graph.order[$0] ?? 0 < graph.order[$1] ?? 0 }.map { StepKey($0, in: key.scope) }
            .filter { steps[$0]?.state.isTerminal == false }
        for rival in rivals { end(rival) }
        for rival in rivals { follow(rival) }
    }

    /// Ends a level in which nothing is left to do.
    private mutating func settle(_ scope: Scope) {
        guard isSettled(scope), !run.state.isTerminal, !isOver(scope), !toFollow.contains(where: { $0.scope == scope }) else { return }
        let result = result(of: scope)
        guard result.size <= Payload.limit else {
            guard scope.owner == nil else { return iterationFailed(scope, .tooLarge("output")) }
            changeRun { $0.error = .tooLarge("output") }
            return finish(.failed)
        }
        guard scope.owner == nil else { return iterationSucceeded(scope, result) }
        changeRun { $0.output = result }
        finish(.succeeded)
    }

    /// What a level gave: the output of the node behind which nothing came, or those of several by name.
    private func result(of scope: Scope) -> Payload {
        let ends = keys(in: scope).compactMap { steps[$0] }.filter { step in
            step.port != nil && !(graph.outgoing[step.key.node] ?? []).contains { $0.port == step.port }
        }
        return Self.combined(ends.sorted { graph.order[$0.key.node] ?? 0 < graph.order[$1.key.node] ?? 0 })
    }
}

extension NodeKind {
    /// The way that a node takes that is passed over, or that goes on after an error.
    var usualPort: Port { ports.first { $0 != .each && $0 != .error } ?? .out }
}
