import Model

extension SystemCallPolicy {
    /// The policy of a profile from its layers, the one that all others extend first.
    ///
    /// A group replaces the group of the same name below it, and a call that a layer mentions has that layer's outcome
    /// whatever was said below. Within a layer one call has one outcome.
    init(layers: [ProfileLayer]) throws(Problem) {
        var problems = ProblemList()
        var rules: [String: Rule] = [:]
        for (index, layer) in layers.enumerated() {
            let replaced = Set(layers[(index + 1)...].flatMap { $0.groups.map(\.name) })
            let entries = layer.groups.filter { !replaced.contains($0.name) }.flatMap(\.entries)
            for (call, mentions) in Dictionary(grouping: entries, by: \.call).sorted(by: { $0.key < $1.key }) {
                if let rule = problems.attempt({ () throws(Problem) in try Rule(mentions) }) { rules[call] = rule }
            }
        }
        try problems.finish()
        self.init(rules: rules, allowsSubprocesses: layers.reduce(true) { $1.allowsSubprocesses ?? $0 })
    }
}

extension SystemCallPolicy.Rule {
    /// Puts the mentions of one call in one layer together: what ends the child first, then what is refused, then what is
    /// allowed, then the rest.
    init(_ mentions: [SystemCallGroup.Entry]) throws(Problem) {
        func problem(_ entry: SystemCallGroup.Entry, _ message: String, hint: String? = nil) -> Problem {
            Problem(.invalidConfiguration, "\(entry.place): \(entry.call): \(message)", hint: hint)
        }
        let plain = mentions.filter(\.conditions.isEmpty)
        let conditional = mentions.filter { !$0.conditions.isEmpty }
        if plain.count > 1 { throw problem(plain[1], "listed twice", hint: "also at \(plain[0].place)") }

        let errors = mentions.compactMap { entry in entry.otherwise.map { (entry, $0) } }
        if let first = errors.first, let other = errors.first(where: { $0.1 != first.1 }) {
            throw problem(other.0, "otherwise \(other.1.rawValue), but \(first.1.rawValue) at \(first.0.place)")
        }
        if let entry = errors.first?.0, let plain = plain.first {
            throw problem(entry, "has `otherwise` and is also listed without conditions", hint: "at \(plain.place)")
        }

        let order: (SystemCallGroup.Entry) -> Int = { entry in
            switch entry.answer {
            case .kill: 0
            case .refuse: 1
            case .allow: 2
            }
        }
        let clauses = (0...2).flatMap { rank in
            conditional.filter { order($0) == rank }.map {
                SystemCallPolicy.Clause(conditions: $0.conditions, answer: $0.answer)
            }
        }
        if let plain = plain.first {
            self.init(clauses, otherwise: plain.answer)
        } else if conditional.contains(where: { $0.answer == .allow }) {
            self.init(clauses, otherwise: .refuse(errors.first?.1 ?? .EPERM))
        } else {
            throw problem(conditional[0], "refused under a condition, but allowed nowhere", hint: "list it under `allow` too")
        }
    }
}
