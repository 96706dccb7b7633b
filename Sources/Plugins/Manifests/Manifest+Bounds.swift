import Model

extension Manifest.Instances {
    init(_ node: YAMLNode?, _ problems: inout ProblemList) {
        self.init()
        problems.read(node) { (members, problems) in
            problems.set(&maximum, members.take("maximum")) { (node) throws(Problem) in try node.integer(in: 1...64) }
            problems.set(&spare, members.take("spare")) { [maximum] (node) throws(Problem) in
                try node.integer(in: 0...maximum)
            }
            problems.set(&idleStop, members.take("idle-stop")) { (node) throws(Problem) in
                try node.duration(in: .seconds(1) ... .seconds(86_400))
            }
        }
    }
}

extension Manifest.Limits {
    init(_ node: YAMLNode?, _ problems: inout ProblemList) {
        self.init()
        problems.read(node) { (members, problems) in
            problems.set(&memory, members.take("memory")) { (node) throws(Problem) in
                try node.byteSize(in: .mebibytes(4) ... .gibibytes(1024))
            }
            // The launcher's reaper is one of them.
            problems.set(&processes, members.take("processes")) { (node) throws(Problem) in
                try node.integer(in: 2...32_768)
            }
            problems.set(&cpu, members.take("cpu")) { (node) throws(Problem) in try node.number(in: 0.01...1024) }
            problems.set(&files, members.take("files")) { (node) throws(Problem) in
                try node.integer(in: 16...1_048_576)
            }
            problems.set(&fileSize, members.take("file-size")) { (node) throws(Problem) in
                try node.byteSize(in: .kibibytes(4) ... .gibibytes(1024))
            }
            problems.set(&temporary, members.take("tmp")) { (node) throws(Problem) in
                try node.byteSize(in: .kibibytes(64) ... .gibibytes(64))
            }
        }
    }
}

extension Manifest.Deadlines {
    init(_ node: YAMLNode?, _ problems: inout ProblemList, for dialect: Manifest.Dialect) {
        self.init()
        // An old server may be silent for five seconds on the question of the new era before the old one is asked.
        if dialect == .mcp { start = .seconds(30) }
        problems.read(node) { (members, problems) in
            problems.set(&start, members.take("start")) { (node) throws(Problem) in
                try node.duration(in: .milliseconds(100) ... .seconds(600))
            }
            problems.set(&call, members.take("call")) { (node) throws(Problem) in
                try node.duration(in: .milliseconds(10) ... .seconds(86_400))
            }
            problems.set(&stop, members.take("stop")) { (node) throws(Problem) in
                try node.duration(in: .milliseconds(100) ... .seconds(300))
            }
        }
    }
}

extension ProblemList {
    /// Reads the members of a mapping that may be absent, and keeps what is wrong with them.
    fileprivate mutating func read(_ node: YAMLNode?, _ body: (inout YAMLMapping, inout ProblemList) -> Void) {
        guard let node, var members = attempt({ () throws(Problem) in try node.mapping }) else { return }
        body(&members, &self)
        for problem in members.unknown { add(problem) }
    }

    /// Sets a value that the manifest states; one that is wrong stays as it was.
    fileprivate mutating func set<Value>(
        _ value: inout Value, _ node: YAMLNode?, _ read: (YAMLNode) throws(Problem) -> Value
    ) {
        guard let node, let stated = attempt({ () throws(Problem) in try read(node) }) else { return }
        value = stated
    }

    fileprivate mutating func set<Value>(
        _ value: inout Value?, _ node: YAMLNode?, _ read: (YAMLNode) throws(Problem) -> Value
    ) {
        guard let node, let stated = attempt({ () throws(Problem) in try read(node) }) else { return }
        value = stated
    }
}
