import Model

extension Manifest {
    /// Variables of a plugin's environment that every plugin has and no manifest sets.
    private static let reserved: Set<String> = ["PATH", "HOME", "LANG", "TMPDIR"]
    private static let variableLimit = 64

    /// Variables that a plugin's program reads. None is a danger to the host: they are set behind the wall.
    static func environment(_ node: YAMLNode, _ problems: inout ProblemList) -> [String: String] {
        guard let mapping = problems.attempt({ () throws(Problem) in try node.mapping }) else { return [:] }
        if mapping.members.count > variableLimit { problems.add(node.problem("more than \(variableLimit) variables")) }
        var variables: [String: String] = [:]
        for member in mapping.members.prefix(variableLimit) {
            variables[member.key] = problems.attempt { () throws(Problem) in try variable(member) }
        }
        return variables
    }

    private static func variable(_ member: YAMLMember) throws(Problem) -> String {
        let (name, node) = (member.key, member.value)
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
        }
        let startsWithDigit = name.utf8.first.map { (0x30...0x39).contains($0) } ?? true
        guard isName, !startsWithDigit, name.utf8.count <= 128 else {
            throw node.problem("not the name of a variable: \(name.prefix(80).debugDescription)")
        }
        guard !reserved.contains(name), !name.hasPrefix("CLOISTER_") else {
            throw node.problem("\(name) is set by the host")
        }
        let text = try node.string()
        guard text.utf8.count <= 4096 else { throw node.problem("longer than 4096 bytes") }
        guard !text.utf8.contains(0) else { throw node.problem("a NUL character in it") }
        return text
    }
}
