/// One step of a compiled pattern.
enum PatternStep: Sendable {
    case character(PatternClass)
    case assertion(PatternAssertion)
    case split(Int, Int)
    case jump(Int)
    case accept
}

/// Lays a tree out as steps; repetitions with counts are written out, within `Pattern.maximumSize`.
struct PatternCompiler {
    private var steps: [PatternStep] = []
    private var visits = 0

    mutating func compile(_ expression: PatternExpression) throws(PatternFault) -> [PatternStep] {
        try emit(expression)
        try append(.accept)
        return steps
    }

    private mutating func append(_ step: PatternStep) throws(PatternFault) {
        guard steps.count < Pattern.maximumSize else {
            throw PatternFault("too large", at: 0, hint: "use smaller repetition counts, or maxLength")
        }
        steps.append(step)
    }

    private mutating func emit(_ expression: PatternExpression) throws(PatternFault) {
        // Repetitions of what matches nothing lay out no steps, however often.
        visits += 1
        guard visits <= 10 * Pattern.maximumSize else { throw PatternFault("too large", at: 0) }
        switch expression {
        case .empty: break
        case .character(let set): try append(.character(set))
        case .assertion(let assertion): try append(.assertion(assertion))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .alternation(let branches):
            var ends: [Int] = []
            for (index, branch) in branches.enumerated() {
                guard index < branches.count - 1 else {
                    try emit(branch)
                    break
                }
                let split = steps.count
                try append(.split(split + 1, 0))
                try emit(branch)
                ends.append(steps.count)
                try append(.jump(0))
                steps[split] = .split(split + 1, steps.count)
            }
            for end in ends { steps[end] = .jump(steps.count) }
        case .repetition(let part, let minimum, let maximum):
            for _ in 0..<minimum { try emit(part) }
            if let maximum {
                var splits: [Int] = []
                for _ in minimum..<maximum {
                    splits.append(steps.count)
                    try append(.split(steps.count + 1, 0))
                    try emit(part)
                }
                for split in splits { steps[split] = .split(split + 1, steps.count) }
            } else {
                let split = steps.count
                try append(.split(split + 1, 0))
                try emit(part)
                try append(.jump(split))
                steps[split] = .split(split + 1, steps.count)
            }
        }
    }
}

/// One run of a program over a text: the set of steps that could be next moves along the text.
struct PatternRun {
    private let program: [PatternStep]
    private let text: [UnicodeScalar]

    init(_ program: [PatternStep], _ text: [UnicodeScalar]) {
        self.program = program
        self.text = text
    }

    func matches() -> Bool {
        var current: [Int] = []
        var following: [Int] = []
        // The position at which a step was last entered, so that each is entered once per position.
        var entered = [Int](repeating: -1, count: program.count)
        var pending: [Int] = []
        for position in 0...text.count {
            // A match may start anywhere.
            if enter(0, at: position, &current, &entered, &pending) { return true }
            guard position < text.count else { return false }
            following.removeAll(keepingCapacity: true)
            for step in current {
                guard case .character(let set) = program[step], set.contains(text[position]) else { continue }
                if enter(step + 1, at: position + 1, &following, &entered, &pending) { return true }
            }
            swap(&current, &following)
        }
        return false
    }

    /// Adds the character steps that are reachable from `step` without a character; true when the end is.
    private func enter(
        _ step: Int, at position: Int, _ reached: inout [Int], _ entered: inout [Int], _ pending: inout [Int]
    ) -> Bool {
        pending.append(step)
        while let step = pending.popLast() {
            guard entered[step] != position else { continue }
            entered[step] = position
            switch program[step] {
            case .character: reached.append(step)
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .jump(let target): pending.append(target)
            case .assertion(let assertion): if holds(assertion, at: position) { pending.append(step + 1) }
            case .accept:
                pending.removeAll()
                return true
            }
        }
        return false
    }

    private func holds(_ assertion: PatternAssertion, at position: Int) -> Bool {
        func isWord(_ index: Int) -> Bool { text.indices.contains(index) && PatternClass.isWord(text[index]) }
        switch assertion {
        case .start: return position == 0
        case .end: return position == text.count
        case .wordBoundary: return isWord(position - 1) != isWord(position)
        case .noWordBoundary: return isWord(position - 1) == isWord(position)
        }
    }
}
