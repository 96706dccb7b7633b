import Model

extension ProfileLayer {
    /// Reads a profile's file. All mistakes are reported at once, each with file, line, column and what was expected.
    init(name: String, _ node: YAMLNode) throws(Problem) {
        self.name = name
        var problems = ProblemList()
        guard var top = problems.attempt({ () throws(Problem) in try node.mapping }) else {
            try problems.finish()
            return
        }
        extends = top.take("extends")
        if let extends { base = problems.attempt { () throws(Problem) in try extends.line(limit: 63) } }
        set(\.summary, top.take("description"), &problems) { node throws(Problem) in try node.line(limit: 200) }
        set(\.hostname, top.take("hostname"), &problems) { node throws(Problem) in try Self.hostname(node) }
        set(\.landlock, top.take("landlock"), &problems) { node throws(Problem) in try node.choice() }
        set(\.raisesLoopback, top.take("loopback"), &problems) { node throws(Problem) in try node.bool() }
        set(\.refusesWritableCode, top.take("write-xor-execute"), &problems) { node throws(Problem) in try node.bool() }
        set(\.lineLimit, top.take("line-limit"), &problems) { node throws(Problem) in
            try node.byteSize(in: .kibibytes(1) ... .mebibytes(64))
        }
        set(\.standardErrorRate, top.take("standard-error-rate"), &problems) { node throws(Problem) in
            try node.byteSize(in: .kibibytes(1) ... .gibibytes(1))
        }
        if let node = top.take("subprocesses") {
            allowsSubprocesses = problems.attempt { () throws(Problem) in try node.bool() }
        }
        if let node = top.take("environment") { readEnvironment(node, &problems) }
        if let node = top.take("filesystem") { readFilesystem(node, &problems) }
        if let node = top.take("limits") { readLimits(node, &problems) }
        if let node = top.take("system-calls") {
            groups = problems.attempt { () throws(Problem) in try SystemCallGroup.all(in: node) } ?? []
        }
        for problem in top.unknown { problems.add(problem) }
        try problems.finish()
    }

    /// Remembers to set a field of the profile to what the node holds, if it is there.
    private mutating func set<Value: Sendable>(
        _ field: any WritableKeyPath<Profile, Value> & Sendable, _ node: YAMLNode?, _ problems: inout ProblemList,
        read: (YAMLNode) throws(Problem) -> Value
    ) {
        guard let node, let value = problems.attempt({ () throws(Problem) in try read(node) }) else { return }
        settings.append { $0[keyPath: field] = value }
    }

    private static func hostname(_ node: YAMLNode) throws(Problem) -> String {
        let text = try node.line(limit: 63)
        let isLabel = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || byte == UInt8(ascii: "-")
        }
        guard isLabel, text.first != "-", text.last != "-" else {
            throw node.problem("not a host name: \(text.debugDescription)", hint: "lower-case letters, digits, inner hyphens")
        }
        return text
    }

    private mutating func readEnvironment(_ node: YAMLNode, _ problems: inout ProblemList) {
        guard let mapping = problems.attempt({ () throws(Problem) in try node.mapping }) else { return }
        for member in mapping.members {
            let name = member.key
            guard Self.isVariable(name) else {
                problems.add(
                    member.value.problem(
                        "not a name of a variable", hint: "letters, digits and _, and not one of the host's own CLOISTER_…"))
                continue
            }
            // An empty member takes the variable of the profile below away.
            if member.value.isNull {
                settings.append { $0.environment[name] = nil }
            } else if let text = problems.attempt({ () throws(Problem) in try member.value.string() }) {
                guard !text.unicodeScalars.contains("\0") else {
                    problems.add(member.value.problem("a zero character in it"))
                    continue
                }
                settings.append { $0.environment[name] = text }
            }
        }
    }

    private static func isVariable(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return !name.hasPrefix("CLOISTER_")
            && name.unicodeScalars.allSatisfy { scalar in
                scalar == "_" || (scalar.isASCII && scalar.properties.isAlphabetic) || ("0"..."9").contains(scalar)
            }
    }

    private mutating func readFilesystem(_ node: YAMLNode, _ problems: inout ProblemList) {
        guard var mapping = problems.attempt({ () throws(Problem) in try node.mapping }) else { return }
        set(\.filesystem.readOnly, mapping.take("read-only"), &problems) { node throws(Problem) in
            var paths: [String] = []
            for element in try node.sequence { paths.append(try Self.hostPath(element)) }
            return paths
        }
        set(\.filesystem.showsProcesses, mapping.take("proc"), &problems) { node throws(Problem) in try node.bool() }
        if let node = mapping.take("tmp"), var tmp = problems.attempt({ () throws(Problem) in try node.mapping }) {
            set(\.filesystem.temporarySize, tmp.take("size"), &problems) { node throws(Problem) in
                try node.byteSize(in: .kibibytes(4) ... .gibibytes(64))
            }
            set(\.filesystem.temporaryFiles, tmp.take("files"), &problems) { node throws(Problem) in
                try node.integer(in: 16...10_000_000)
            }
            for problem in tmp.unknown { problems.add(problem) }
        }
        for problem in mapping.unknown { problems.add(problem) }
    }

    /// Folders that are the host's, or that the child has of its own, are never bound from the host.
    private static func hostPath(_ node: YAMLNode) throws(Problem) -> String {
        let path = try node.line(limit: 1024)
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard path.hasPrefix("/"), path != "/", !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw node.problem("expected an absolute path without . and .., found \(path.debugDescription)")
        }
        let own = ["dev", "proc", "sys", "run", "tmp", "data", "plugin", "sdk", "exchange"]
        if let top = parts.first, own.contains(String(top)) {
            throw node.problem("/\(top) of the host is never shown to a plugin")
        }
        return path
    }

    private mutating func readLimits(_ node: YAMLNode, _ problems: inout ProblemList) {
        guard var mapping = problems.attempt({ () throws(Problem) in try node.mapping }) else { return }
        let any = ByteSize(bytes: 0)...ByteSize.gibibytes(1 << 20)
        set(\.limits.memory, mapping.take("memory"), &problems) { node throws(Problem) in
            try node.byteSize(in: .mebibytes(8) ... .gibibytes(1 << 20))
        }
        set(\.limits.processes, mapping.take("processes"), &problems) { node throws(Problem) in
            try node.integer(in: 2...4_000_000)
        }
        set(\.limits.cpu, mapping.take("cpu"), &problems) { node throws(Problem) in try node.number(in: 0.01...1024) }
        set(\.limits.cpuWeight, mapping.take("cpu-weight"), &problems) { node throws(Problem) in
            try node.integer(in: 1...10_000)
        }
        set(\.limits.files, mapping.take("files"), &problems) { node throws(Problem) in
            try node.integer(in: 8...1_048_576)
        }
        set(\.limits.fileSize, mapping.take("file-size"), &problems) { node throws(Problem) in try node.byteSize(in: any) }
        set(\.limits.coreSize, mapping.take("core"), &problems) { node throws(Problem) in try node.byteSize(in: any) }
        set(\.limits.stack, mapping.take("stack"), &problems) { node throws(Problem) in
            try node.byteSize(in: .kibibytes(128) ... .gibibytes(1))
        }
        if let node = mapping.take("io"), var io = problems.attempt({ () throws(Problem) in try node.mapping }) {
            let rate = ByteSize.kibibytes(4)...ByteSize.gibibytes(1024)
            set(\.limits.io.read, io.take("read"), &problems) { node throws(Problem) in try node.byteSize(in: rate) }
            set(\.limits.io.write, io.take("write"), &problems) { node throws(Problem) in try node.byteSize(in: rate) }
            set(\.limits.io.readOperations, io.take("read-operations"), &problems) { node throws(Problem) in
                try node.integer(in: 1...100_000_000)
            }
            set(\.limits.io.writeOperations, io.take("write-operations"), &problems) { node throws(Problem) in
                try node.integer(in: 1...100_000_000)
            }
            for problem in io.unknown { problems.add(problem) }
        }
        for problem in mapping.unknown { problems.add(problem) }
    }
}
