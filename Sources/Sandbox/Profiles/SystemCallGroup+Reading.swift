import Model

extension SystemCallGroup {
    /// Reads `system-calls`: groups by name, each with lists of calls.
    static func all(in node: YAMLNode) throws(Problem) -> [SystemCallGroup] {
        var problems = ProblemList()
        var groups: [SystemCallGroup] = []
        for member in try node.mapping.members {
            var entries: [Entry] = []
            // A group without content takes the group of that name out of the profile below.
            if !member.value.isNull {
                entries = problems.attempt { () throws(Problem) in try Self.entries(in: member.value) } ?? []
            }
            groups.append(SystemCallGroup(name: member.key, entries: entries))
        }
        try problems.finish()
        return groups
    }

    private static func entries(in node: YAMLNode) throws(Problem) -> [Entry] {
        var mapping = try node.mapping
        var problems = ProblemList()
        var entries: [Entry] = []
        let lists: [(String, SystemCallPolicy.Answer)] = [
            ("allow", .allow), ("eperm", .refuse(.EPERM)), ("enosys", .refuse(.ENOSYS)), ("kill", .kill),
        ]
        for (name, answer) in lists {
            guard let list = mapping.take(name),
                let nodes = problems.attempt({ () throws(Problem) in try list.sequence })
            else { continue }
            for node in nodes {
                guard let entry = problems.attempt({ () throws(Problem) in try Entry(node, answer) }) else { continue }
                entries.append(entry)
            }
        }
        for problem in mapping.unknown { problems.add(problem) }
        try problems.finish()
        return entries
    }
}

extension SystemCallGroup.Entry {
    /// A name, or `{call: name, when: [condition…], otherwise: error}`.
    init(_ node: YAMLNode, _ answer: SystemCallPolicy.Answer) throws(Problem) {
        self.answer = answer
        place = node.place
        conditions = []
        if (try node.value).string != nil {
            call = try Self.known(node)
            return
        }
        var mapping = try node.mapping
        call = try Self.known(try mapping.required("call"))
        let when = try mapping.required("when")
        for condition in try when.sequence { conditions.append(try .init(condition)) }
        guard !conditions.isEmpty else { throw when.problem("empty", hint: "write the name alone for a call without conditions") }
        if let node = mapping.take("otherwise") {
            guard answer == .allow else { throw node.problem("belongs to calls that are allowed") }
            otherwise = try node.choice()
        }
        try mapping.finish()
    }

    private static func known(_ node: YAMLNode) throws(Problem) -> String {
        let name = try node.line(limit: 64)
        guard SystemCall(named: name) != nil else {
            throw node.problem(
                "unknown system call: \(name)", hint: SystemCall.nearest(to: name).map { "did you mean \($0)?" })
        }
        return name
    }
}

extension SystemCallPolicy.Condition {
    /// `{argument: 0, mask: S_IFMT, is: [S_IFREG, 0]}`
    init(_ node: YAMLNode) throws(Problem) {
        var mapping = try node.mapping
        let argument = try mapping.required("argument").integer(in: 0...5)
        let mask = try mapping.take("mask").map { node throws(Problem) in try Self.word(node) } ?? .max
        guard mask != 0 else { throw mapping.node.problem("mask: expected at least one bit, found 0") }
        let list = try mapping.required("is")
        var values: [UInt32] = []
        if (try list.value).array == nil {
            values = [try Self.word(list)]
        } else {
            for element in try list.sequence { values.append(try Self.word(element)) }
        }
        guard !values.isEmpty else { throw list.problem("empty") }
        if let outside = values.first(where: { $0 & ~mask != 0 }) {
            throw list.problem("\(outside) has bits outside the mask \(mask), so it can never hold")
        }
        try mapping.finish()
        self.init(argument: argument, mask: mask, values: values)
    }

    private static func word(_ node: YAMLNode) throws(Problem) -> UInt32 {
        guard let text = (try node.value).string else { return UInt32(try node.integer(in: 0...Int(UInt32.max))) }
        guard let value = SystemCallConstant.value(of: text) else {
            throw node.problem(
                "unknown constant: \(text.prefix(80))",
                hint: SystemCallConstant.nearest(to: text).map { "did you mean \($0)?" } ?? "write its number")
        }
        return value
    }
}
