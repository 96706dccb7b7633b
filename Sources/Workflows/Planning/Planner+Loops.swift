/// Loops: each iteration is a level of its own, and what it came to is kept as a step of the loop's node within it.
extension Planner {
    /// Begins as many iterations as may run at once, or ends the loop.
    mutating func advance(_ loop: StepKey) {
        // What an iteration begins may have ended already, and the loop or the run with it.
        while steps[loop]?.state == .waiting, !run.isPaused, !run.state.isTerminal, let progress = loops[loop],
            case .loop(let kind) = node(loop)?.kind
        {
            switch kind {
            case .forEach(let each):
                guard let items = progress.items else { return }
                guard progress.begun == items.count else {
                    guard progress.running.count < each.concurrency else { return }
                    enter(loop)
                    continue
                }
                guard progress.running.isEmpty else { return }
                let outputs = (0..<progress.begun).map { steps[loop.iteration($0)]?.output ?? .null }
                leaveIterations(of: loop)
                return complete(loop, .done, .array(outputs))
            case .while(let template, _):
                guard progress.running.isEmpty else { return }
                return evaluate(loop, .work, [.holds: template], latest(of: loop))
            }
        }
    }

    /// Goes round once more, or ends the `while`.
    mutating func goRound(_ loop: StepKey, _ holds: Bool) {
        guard let progress = loops[loop], progress.running.isEmpty, !run.isPaused,
            case .loop(.while(_, let limit)) = node(loop)?.kind
        else { return }
        if !holds {
            let output = latest(of: loop)
            leaveIterations(of: loop)
            complete(loop, .done, output)
        } else if progress.begun < limit {
            enter(loop)
        } else {
            fail(loop, StepError("quotaExceeded", "went round \(limit) times, and its condition still holds"))
        }
    }

    /// What the last iteration of a `while` gave, or what went into the loop.
    private func latest(of loop: StepKey) -> Payload {
        let begun = loops[loop]?.begun ?? 0
        return (begun == 0 ? steps[loop]?.input : steps[loop.iteration(begun - 1)]?.output) ?? .null
    }

    private mutating func enter(_ loop: StepKey) {
        guard let index = loops[loop]?.begun else { return }
        loops[loop]?.begun += 1
        loops[loop]?.running.insert(index)
        let record = loop.iteration(index)
        let input = loops[loop]?.items?[index] ?? (index == 0 ? steps[loop]?.input : steps[loop.iteration(index - 1)]?.output) ?? .null
        add(record)
        guard steps[record] != nil else { return }
        change(record) {
            $0.state = .waiting
            $0.input = input
        }
        for entry in graph.entries[loop.node] ?? [] where steps[record]?.state == .waiting {
            begin(StepKey(entry, in: record.scope))
        }
    }

    mutating func iterationSucceeded(_ scope: Scope, _ output: Payload) {
        close(scope) {
            $0.state = .succeeded
            $0.output = output
        }
    }

    /// An iteration in which a step failed that nothing caught.
    mutating func iterationFailed(_ scope: Scope, _ error: StepError) {
        end(scope)
        guard let loop = scope.owner else { return }
        guard case .loop(.forEach(let each)) = node(loop)?.kind, each.collectsErrors else { return fail(loop, error) }
        close(scope) {
            $0.state = .failed
            $0.error = error
            $0.output = .object(["error": error.payload])
        }
    }

    private mutating func close(_ scope: Scope, _ body: (inout Step) -> Void) {
        guard let loop = scope.owner, let index = scope.iterations.last?.index else { return }
        change(loop.iteration(index), body)
        loops[loop]?.running.remove(index)
        let size = steps[loop.iteration(index)]?.output?.size ?? 0
        loops[loop]?.size += size
        leave(scope)
        if case .loop(.forEach) = node(loop)?.kind, loops[loop]?.size ?? 0 > Payload.limit { return fail(loop, .tooLarge("output")) }
        // Later, and not from within what the iteration did: an iteration that needs nothing would lie in the one before it, and the
        // stack would be as deep as the list is long.
        toAdvance.append(loop)
    }

    /// The loop is about to end; its iterations' records are stored and needed no more.
    private mutating func leaveIterations(of loop: StepKey) { loops[loop] = nil }

    /// Where the iterations of a loop stand, from its stored steps.
    mutating func resumeLoop(_ loop: StepKey) {
        var progress = LoopProgress()
        while let record = steps[loop.iteration(progress.begun)] {
            if record.state.isTerminal { progress.size += record.output?.size ?? 0 } else { progress.running.insert(progress.begun) }
            progress.begun += 1
        }
        loops[loop] = progress
        if let items = steps[loop]?.items {
            evaluate(loop, .items, [.items: Template(program: ".[]")], items)
        } else {
            advance(loop)
        }
    }
}
